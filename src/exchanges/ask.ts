/**
 * Asks one exchange for its markets: in as many requests as its limit needs, one after the other,
 * all under one deadline, at its other addresses too where one fails. A market that it refuses costs
 * only itself: the batch is halved until the refused one stands alone, and its name is handed back
 * so that it can be left out for a while.
 */

import { type AskDeps, type Asked, Asking } from './asking.ts'
import { type Exchange, ExchangeError, type ExchangeErrorCode } from './exchange.ts'

export type { AskDeps, Asked } from './asking.ts'

/** Failures that may be the address's alone, so that another one may do better. */
const addressCodes: ReadonlySet<ExchangeErrorCode> = new Set([
  'timed-out',
  'unreachable',
  'http-status',
  'blocked-here',
  'not-json',
])

/** Requests that the search for refused markets may add; one among 60 takes seven at most. */
const maxExtraRequests = 12

/** Asks for the tickers of some markets, and of doubted ones. Failures of the exchange are values here. */
export async function ask(
  exchange: Exchange,
  markets: readonly string[],
  deps: AskDeps,
): Promise<Asked> {
  const addresses = addressesOf(exchange, deps)
  const groups = groupsOf(markets, exchange, deps)
  const asking = new Asking(exchange, deps, groups.length + maxExtraRequests)
  let at = (deps.address ?? 0) % addresses.length
  let firstFailure: ExchangeError | undefined
  for (let left = addresses.length; left > 0 && asking.leftMs() > 0; left -= 1) {
    const failure = await asking.askAt(addresses[at] ?? exchange.baseUrl, groups)
    if (failure === undefined) return asking.end(at, emptinessOf(asking, groups.flat().length))
    // What has come in is worth more than a second try with what is left of the time.
    const isWorthATry = addressCodes.has(failure.code) && asking.tickers.length === 0
    if (!isWorthATry) return asking.end(at, failure)
    firstFailure ??= failure
    at = (at + 1) % addresses.length
    // The deadline is that of all addresses together.
    if (failure.code === 'timed-out') break
  }
  // The address that was expected to answer says most of what is wrong.
  return asking.end(at, firstFailure)
}

function addressesOf(
  { baseUrl, alternateUrls = [] }: Exchange,
  { baseUrl: only }: AskDeps,
): readonly string[] {
  return only === undefined ? [baseUrl, ...alternateUrls] : [only]
}

/** Asked for so many markets and given no price at all is a failure, however well-formed the answer. */
function emptinessOf(
  { tickers, refusedMarkets }: Asking,
  count: number,
): ExchangeError | undefined {
  if (tickers.length > 0 || count === 0) return undefined
  return refusedMarkets.length === count
    ? new ExchangeError('market-refused', `All ${count} markets were refused.`)
    : new ExchangeError('unexpected-shape', `None of ${count} markets could be read.`)
}

/**
 * Markets by the request. A probe asks for one alone first, where an exchange can pick; those that
 * were refused before come last.
 */
function groupsOf(
  markets: readonly string[],
  { maxMarkets: most }: Pick<Exchange, 'maxMarkets'>,
  { isProbe = false, doubted = [] }: Pick<AskDeps, 'isProbe' | 'doubted'>,
): readonly (readonly string[])[] {
  const alone = isProbe && Number.isFinite(most) ? 1 : 0
  return [
    ...chunksOf(markets.slice(0, alone), most),
    ...chunksOf(markets.slice(alone), most),
    ...chunksOf(doubted, most),
  ]
}

function chunksOf(markets: readonly string[], most: number): readonly (readonly string[])[] {
  // With `Infinity` there would be nothing to count by.
  const size = Math.max(1, Math.min(most, markets.length))
  const count = Math.ceil(markets.length / size)
  return Array.from({ length: count }, (_, i) => markets.slice(i * size, (i + 1) * size))
}
