import { expect, test } from 'vitest'
import { bookOf, type Book } from '../../../local/exchanges/book.ts'
import { dayStatistics } from '../../../local/exchanges/day.ts'
import type { Market } from '../../../local/exchanges/market.ts'
import { loadTape } from '../../../local/exchanges/tape.ts'
import type { Venue } from '../../../local/exchanges/venue.ts'
import { venues } from '../../../local/exchanges.ts'

const tape = loadTape()
const sources = { tape, dayOf: dayStatistics(tape) }

/** 300 instants over one loop, on no grid that anything else is on. */
const instantsMs = Array.from(
  { length: 300 },
  (_, i) => Date.UTC(2026, 10, 22) + Math.floor((i * tape.loopMs) / 300) + ((i * 7_919) % 5_000),
)

type Shown = { readonly venue: Venue; readonly market: Market; readonly book: Book }

function shownAt(atMs: number): Shown[] {
  return venues.flatMap((venue) => {
    const book = bookOf(sources, venue, atMs)
    return venue.markets
      .filter(({ state }) => state === 'trading')
      .map((market) => ({ venue, market, book }))
  })
}

function lastOf(shown: readonly Shown[], venueName: string, marketName: string): number {
  const found = shown.find(
    ({ venue, market }) => venue.name === venueName && market.name === marketName,
  )
  if (found === undefined) throw new Error(`${venueName} does not show ${marketName}.`)
  return found.book.row(found.market).last
}

test('venues agree within 30 bps once USDT is turned into dollars, at every instant', () => {
  for (const atMs of instantsMs) {
    const shown = shownAt(atMs)
    const usdPer: Record<string, number> = {
      USD: 1,
      USDT: lastOf(shown, 'coinbase', 'USDT-USD'),
    }
    const pricesByBase = new Map<string, number[]>()
    for (const { market, book } of shown) {
      const rate = usdPer[market.quoteCurrency]
      if (rate === undefined) continue
      const prices = pricesByBase.get(market.base) ?? []
      pricesByBase.set(market.base, [...prices, book.row(market).last * rate])
    }
    for (const [base, prices] of pricesByBase) {
      const apartBps = 10_000 * (Math.max(...prices) / Math.min(...prices) - 1)
      expect(apartBps, `${base} at ${new Date(atMs).toISOString()}`).toBeLessThan(30)
    }
  }
})

test('venues are never quite the same, and USDT taken for a dollar shows', () => {
  const offBps = instantsMs.map((atMs) => {
    const shown = shownAt(atMs)
    const unconverted = lastOf(shown, 'binance', 'BTCUSDT')
    return 10_000 * (unconverted / lastOf(shown, 'kraken', 'XBTUSD') - 1)
  })
  const mean = offBps.reduce((a, b) => a + b, 0) / offBps.length
  expect(mean).toBeGreaterThan(2)
  expect(new Set(offBps).size).toBe(offBps.length)
})

test('books are never crossed, and most last prices lie inside', () => {
  let inside = 0
  let rows = 0
  for (const atMs of instantsMs.slice(0, 60)) {
    for (const { market, book } of shownAt(atMs)) {
      const { bid, ask, last } = book.row(market)
      expect(bid).toBeLessThan(ask)
      rows += 1
      if (bid <= last && last <= ask) inside += 1
    }
  }
  expect(inside / rows).toBeGreaterThan(0.7)
})

test('a slow venue trades less often than a fast one', () => {
  function tradesOf(venueName: string): number {
    const venue = venues.find(({ name }) => name === venueName)
    const market = venue?.markets.find(({ base }) => base === 'QNT')
    if (venue === undefined || market === undefined) throw new Error(`${venueName} has no QNT.`)
    const trades = Array.from(
      { length: 200 },
      (_, i) => bookOf(sources, venue, (instantsMs[0] ?? 0) + i * 100).row(market).tradeId,
    )
    return new Set(trades).size
  }
  expect(tradesOf('binance')).toBeGreaterThan(tradesOf('kraken'))
})
