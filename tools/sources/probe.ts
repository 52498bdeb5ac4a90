/** Every exchange asked at once, as a collector would: what came of it, and how the prices compare. */

import { independenceGroups } from '../../src/catalogue/independence.ts'
import type { ListedTicker, Listing } from '../../src/core/listing.ts'
import { quoteOf } from '../../src/core/normalise.ts'
import { pegsOf } from '../../src/core/pegs.ts'
import type { Quote } from '../../src/core/quote.ts'
import { median } from '../../src/core/robust.ts'
import { sortAscending } from '../../src/core/sort-ascending.ts'
import { ask, type AskDeps, type Asked } from '../../src/exchanges/ask.ts'
import type { Exchange } from '../../src/exchanges/exchange.ts'
import type { ExchangeBaseUrls } from '../../src/exchanges/registry.ts'

export type Probe = {
  readonly exchange: string
  readonly asked: Asked
  /** Markets of the catalogue that it was asked for. */
  readonly markets: number
  /** Middle of its distances from the median of all exchanges, 1/10 000; undefined if it is alone. */
  readonly spreadBps: number | undefined
  /** Middle age of what it dated itself, milliseconds; undefined if it dates nothing. */
  readonly ageMs: number | undefined
}

export type ProbeDeps = Pick<AskDeps, 'fetch' | 'nowMs' | 'timeoutMs'> & {
  readonly exchanges: readonly Exchange[]
  readonly listings: readonly Listing[]
  readonly baseUrls: ExchangeBaseUrls
}

/** Exchanges that are asked side by side, so that all of them are done in two turns. */
const atOnce = 10

/** Asks every exchange, each under its own deadline. Failures of exchanges are values. */
export async function probe(deps: ProbeDeps): Promise<readonly Probe[]> {
  const waiting = deps.exchanges.map((exchange, at) => ({ exchange, at }))
  const answers: Answer[] = []
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      answers[next.at] = await asked(next.exchange, deps)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return compared(answers, deps)
}

type Answer = { readonly exchange: string; readonly asked: Asked; readonly markets: number }

async function asked(exchange: Exchange, deps: ProbeDeps): Promise<Answer> {
  const { name } = exchange
  const markets = deps.listings.filter(({ source }) => source === name).map(({ market }) => market)
  const baseUrl = deps.baseUrls[name]
  const { fetch, nowMs, timeoutMs } = deps
  const settings = { fetch, nowMs, timeoutMs, ...(baseUrl !== undefined && { baseUrl }) }
  return { exchange: name, asked: await ask(exchange, markets, settings), markets: markets.length }
}

function compared(answers: readonly Answer[], { listings, nowMs }: ProbeDeps): readonly Probe[] {
  const atMs = nowMs()
  const quotes = quotesOf(answers, listings, atMs)
  const middles = new Map(
    [...Map.groupBy(quotes, ({ symbol }) => symbol)]
      .filter(([, said]) => said.length > 1)
      .map(([symbol, said]) => [symbol, middle(said.map(({ price }) => price))]),
  )
  return answers.map((answer) => {
    const apart = quotes.flatMap(({ source, symbol, price }) => {
      const centre = source === answer.exchange ? middles.get(symbol) : undefined
      return centre === undefined ? [] : [Math.abs(price / centre - 1) * 10_000]
    })
    const ages = answer.asked.tickers
      .filter(({ observedKind }) => observedKind !== 'received')
      .map(({ observedAtMs }) => Math.max(0, atMs - observedAtMs))
    return { ...answer, spreadBps: middle(apart), ageMs: middle(ages) }
  })
}

function quotesOf(
  answers: readonly Answer[],
  listings: readonly Listing[],
  atMs: number,
): readonly Quote[] {
  const byMarket = new Map(
    listings.map((listing) => [`${listing.source} ${listing.market}`, listing]),
  )
  const listed = answers.flatMap(({ asked: { tickers } }) =>
    tickers.flatMap((ticker): readonly ListedTicker[] => {
      const listing = byMarket.get(`${ticker.source} ${ticker.market}`)
      return listing === undefined ? [] : [{ ticker, listing }]
    }),
  )
  const pegs = pegsOf(listed, atMs, independenceGroups)
  return listed.flatMap(({ ticker, listing }) => {
    const read = quoteOf(ticker, listing, pegs)
    return 'reason' in read ? [] : [read]
  })
}

function middle(values: readonly number[]): number | undefined {
  return median(sortAscending([...values]))
}
