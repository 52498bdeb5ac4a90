/**
 * Hyperliquid's spot books, all in one answer to a POST. Its names for pairs are numbers (`@107`),
 * so markets are asked for as `HYPE/USDC` and looked up in the answer's own list of tokens and
 * pairs. Prices stand beside it by the pair's name and not by position, since pairs are sparse.
 *
 * Anyone may deploy a token there under a name that is free, so that a coin is known only by the
 * token listed below; the token TRUMP is not the coin of that name. There is no last trade: the
 * price is the middle of the book, and none where the book is empty (`markPx` is then stale).
 *
 * Known from documents and public clients, read on 2026-11-22; not yet from a live answer.
 */

import { z } from 'zod'
import { askedRows, rowsSchema } from './asked-rows.ts'
import { nonNegativeDecimal, positiveDecimal } from './decimal.ts'
import { type Exchange, ExchangeError } from './exchange.ts'
import { tickerOf } from './ticker.ts'

const source = 'hyperliquid'

/** The tokens that stand for a coin, by its base. Those with U are bridged by Unit. */
const tokenNames: ReadonlyMap<string, string> = new Map([
  ['BONK', 'UBONK'],
  ['BTC', 'UBTC'],
  ['ETH', 'UETH'],
  ['HYPE', 'HYPE'],
  ['PENGU', 'HPENGU'],
  ['PUMP', 'UPUMP'],
  ['PURR', 'PURR'],
  ['SOL', 'USOL'],
  ['XPL', 'UXPL'],
])

const quoteToken = 'USDC'

const answerSchema = z
  .tuple([z.object({ tokens: rowsSchema, universe: rowsSchema }), rowsSchema])
  .rest(z.unknown())
type Answer = z.infer<typeof answerSchema>

const pairSchema = z.object({ name: z.string(), tokens: z.tuple([z.int(), z.int()]) })

export const hyperliquid: Exchange = {
  name: source,
  baseUrl: 'https://api.hyperliquid.xyz',
  regions: ['apac', 'weur'],
  maxMarkets: Infinity,
  // The call weighs 20 of the 1 200 a minute.
  minIntervalMs: 5_000,

  request: () => ({ path: '/info', json: { type: 'spotMetaAndAssetCtxs' } }),

  tickers: (body, { markets, receivedAtMs }) => {
    const answer = answerSchema.safeParse(body)
    if (!answer.success) {
      throw new ExchangeError('unexpected-shape', 'Hyperliquid answered no list of spot pairs.')
    }
    const marketByPair = pairsOf(answer.data, markets)
    const rows = askedRows(answer.data[1], 'coin', [...marketByPair.keys()])
    return rows.flatMap(({ market: pair, row }) => {
      const ticker = tickerOf({
        source,
        market: marketByPair.get(pair) ?? pair,
        last: row['midPx'],
        volume: volumeOf(row),
        open24h: row['prevDayPx'],
        receivedAtMs,
      })
      return ticker ?? []
    })
  },
}

/** The asked markets by the answer's names for their pairs: `@107` is `HYPE/USDC`. */
function pairsOf([{ tokens, universe }]: Answer, markets: readonly string[]) {
  const marketByToken = new Map(
    markets.flatMap((market) => {
      const token = tokenOf(market)
      return token === undefined ? [] : [[token, market] as const]
    }),
  )
  const named = askedRows(tokens, 'name', [quoteToken, ...marketByToken.keys()])
  const indexByToken = new Map(named.map(({ market: token, row }) => [token, row['index']]))
  const marketByIndex = new Map(
    [...marketByToken].map(([token, market]) => [indexByToken.get(token), market]),
  )

  const marketByPair = new Map<string, string>()
  for (const row of universe) {
    const { data: pair } = pairSchema.safeParse(row)
    if (pair === undefined || pair.tokens[1] !== indexByToken.get(quoteToken)) continue
    const [index] = pair.tokens
    const market = marketByIndex.get(index)
    // Of two pairs of the same tokens the first is the one.
    if (market !== undefined && marketByIndex.delete(index)) marketByPair.set(pair.name, market)
  }
  return marketByPair
}

/** The token that a market trades against USDC, if it is one that we know. */
function tokenOf(market: string): string | undefined {
  const [base = '', quote] = market.split('/')
  return quote === quoteToken ? tokenNames.get(base) : undefined
}

/** Base units; where only the volume in USDC is said, at the price of now. */
function volumeOf(row: Readonly<Record<string, unknown>>): number | undefined {
  const volume = nonNegativeDecimal(row['dayBaseVlm'])
  const notional = nonNegativeDecimal(row['dayNtlVlm'])
  const price = positiveDecimal(row['midPx'])
  if (volume !== undefined || notional === undefined || price === undefined) return volume
  return nonNegativeDecimal(notional / price)
}
