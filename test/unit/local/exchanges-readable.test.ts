/** The replay and the adapters meet: what a venue's book says is what its adapter reads. */

import { expect, test } from 'vitest'
import { bookOf } from '../../../local/exchanges/book.ts'
import { dayStatistics } from '../../../local/exchanges/day.ts'
import { replayOf } from '../../../local/exchanges/replay.ts'
import { loadTape } from '../../../local/exchanges/tape.ts'
import { venues } from '../../../local/exchanges.ts'
import type { Ticker } from '../../../src/core/quote.ts'
import type { Exchange } from '../../../src/exchanges/exchange.ts'
import { exchanges } from '../../../src/exchanges/registry.ts'

const nowMs = Date.UTC(2026, 10, 22, 10, 30, 0, 500)
const tape = loadTape()
const replay = replayOf(venues, tape, () => nowMs)
const sources = { tape, dayOf: dayStatistics(tape) }

function ask(exchange: Exchange, markets: readonly string[]): readonly Ticker[] {
  const { path, headers = {}, json } = exchange.request(markets)
  const url = new URL(path, 'http://venue')
  const answer = replay.answer(exchange.name, {
    method: json === undefined ? 'GET' : 'POST',
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    // Whoever asks over the network has a name.
    headers: { 'user-agent': 'test', ...headers },
    ...(json !== undefined && { body: json }),
  })
  if (answer?.kind !== 'reply') throw new Error(`${exchange.name} did not answer.`)
  const body: unknown = JSON.parse(JSON.stringify(answer.reply.body))
  return exchange.tickers(body, { markets, receivedAtMs: nowMs })
}

function askAll(exchange: Exchange, markets: readonly string[]): readonly Ticker[] {
  const size = Math.min(exchange.maxMarkets, markets.length)
  return Array.from({ length: Math.ceil(markets.length / size) }, (_, i) =>
    ask(exchange, markets.slice(i * size, (i + 1) * size)),
  ).flat()
}

const replayed = venues.flatMap((venue) => {
  const exchange = exchanges.get(venue.name)
  return exchange === undefined ? [] : [{ name: venue.name, venue, exchange }]
})

test.each(replayed)('$name: every market that trades, at its own price', ({ venue, exchange }) => {
  const trading = venue.markets.filter(({ state }) => state === 'trading')
  const tickers = askAll(
    exchange,
    trading.map(({ name }) => name),
  )
  expect(tickers.map(({ market }) => market).toSorted()).toEqual(
    trading.map(({ name }) => name).toSorted(),
  )

  const { row } = bookOf(sources, venue, nowMs)
  for (const { market: name, last, bid, ask: offer, volume } of tickers) {
    const market = trading.find((found) => found.name === name)
    if (market === undefined) throw new Error(`${venue.name} has no ${name}.`)
    const book = row(market)
    // Some show another venue's book, which is within 30 bps of their own.
    for (const [said, meant] of [
      [last, book.last],
      [bid ?? book.bid, book.bid],
      [offer ?? book.ask, book.ask],
    ] as const) {
      expect(Math.abs(said / meant - 1), name).toBeLessThan(0.003)
    }
    if (bid !== undefined && offer !== undefined) expect(bid, name).toBeLessThanOrEqual(offer)
    // Base units, not the quote currency's, whatever the venue calls them.
    expect((volume ?? book.day.volume) / book.day.volume, name).toBeGreaterThan(0.1)
    expect((volume ?? book.day.volume) / book.day.volume, name).toBeLessThan(10)
  }
})

test.each(replayed)('$name: no price of a market that does not trade', ({ venue, exchange }) => {
  for (const { name, state } of venue.markets) {
    if (state !== 'trading') expect(tickersOf(exchange, name), name).toEqual([])
  }
})

/** Nothing where the venue refuses the market, which is as good an answer. */
function tickersOf(exchange: Exchange, market: string): readonly Ticker[] {
  try {
    return ask(exchange, [market])
  } catch (error) {
    expect(error).toMatchObject({ name: 'ExchangeError', code: 'market-refused' })
    return []
  }
}
