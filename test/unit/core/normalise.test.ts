import { describe, expect, test } from 'vitest'
import { quoteOf } from '../../../src/core/normalise.ts'
import { feedSymbol } from '../../../src/protocol/feed.ts'
import { aListing, aTicker } from '../../support/quotes.ts'

const noPegs = {}
const usdtFeed = feedSymbol('USDT/USD')
const onBinance = aListing({ source: 'binance', market: 'BTCUSDT', quoteCurrency: 'USDT' })

describe('quoteOf', () => {
  test('takes dollars as they are', () => {
    const ticker = aTicker({ last: 100, bid: 99.9, ask: 100.1, volume: 5, open24h: 80 })
    expect(quoteOf(ticker, aListing(), noPegs)).toEqual({
      symbol: 'BTC/USD',
      source: 'kraken',
      market: 'BTC/USD',
      price: 100,
      rawPrice: 100,
      conversionRate: 1,
      volume: 5,
      bid: 99.9,
      ask: 100.1,
      change24h: 0.25,
      observedAtMs: 0,
      observedKind: 'ticker',
    })
  })

  test('leaves out what the exchange does not say; without a volume it is 0', () => {
    expect(quoteOf(aTicker(), aListing(), noPegs)).toEqual({
      symbol: 'BTC/USD',
      source: 'kraken',
      market: 'BTC/USD',
      price: 100,
      rawPrice: 100,
      conversionRate: 1,
      volume: 0,
      observedAtMs: 0,
      observedKind: 'ticker',
    })
  })

  test('makes stablecoin prices dollars by the peg; the change stays in the market’s currency', () => {
    const ticker = aTicker({ last: 100, bid: 99.9, ask: 100.1, open24h: 50 })
    expect(quoteOf(ticker, onBinance, { USDT: 0.5, USDC: 9 })).toMatchObject({
      price: 50,
      rawPrice: 100,
      conversionRate: 0.5,
      bid: 49.95,
      ask: 50.05,
      change24h: 1,
    })
  })

  test('drops a stablecoin price whose peg is not known: it is never taken for 1', () => {
    expect(quoteOf(aTicker(), onBinance, noPegs)).toEqual({ reason: 'no-peg' })
    expect(quoteOf(aTicker(), onBinance, { USDC: 1 })).toEqual({ reason: 'no-peg' })
  })

  test('prices USDT by true dollars only, other stablecoins by USDT too', () => {
    const pegs = { USDT: 0.999, USDC: 1 }
    const usdt = aListing({ symbol: usdtFeed, quoteCurrency: 'USDC' })
    expect(quoteOf(aTicker({ last: 1 }), usdt, pegs)).toEqual({ reason: 'circular' })
    const usdc = aListing({ symbol: feedSymbol('USDC/USD'), quoteCurrency: 'USDT' })
    expect(quoteOf(aTicker({ last: 1 }), usdc, pegs)).toMatchObject({ price: 0.999 })
  })

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('drops a last price of %d', (last) => {
    const ticker = aTicker({ last, bid: 99, ask: 101 })
    expect(quoteOf(ticker, aListing(), noPegs)).toEqual({ reason: 'no-price' })
  })

  test.each([
    { name: 'inside the book', last: 100.05, price: 100.05 },
    { name: 'exactly 5 bps below the bid', last: 100 * 0.9995, price: 100 * 0.9995 },
    { name: 'farther below the bid', last: 99.94, price: 100.1 },
    { name: 'exactly 5 bps above the ask', last: 100.2 * 1.0005, price: 100.2 * 1.0005 },
    { name: 'farther above the ask', last: 100.26, price: 100.1 },
  ])('a last trade $name of 100 to 100.2 makes a price of $price', ({ last, price }) => {
    const quote = quoteOf(aTicker({ last, bid: 100, ask: 100.2 }), aListing(), noPegs)
    expect(quote).toMatchObject({ price: expect.closeTo(price, 10) })
  })

  test('a last trade inside a wide book but over 2 % from its middle gives way to the middle', () => {
    const book = { bid: 90, ask: 110 }
    expect(quoteOf(aTicker({ last: 102, ...book }), aListing(), noPegs)).toMatchObject({
      price: 102,
    })
    expect(quoteOf(aTicker({ last: 102.1, ...book }), aListing(), noPegs)).toMatchObject({
      price: 100,
      rawPrice: 100,
    })
  })

  test('half a book is no book', () => {
    const ticker = aTicker({ last: 100, bid: 0, ask: 50 })
    expect(quoteOf(ticker, aListing(), noPegs)).toMatchObject({ price: 100, ask: 50 })
    expect(quoteOf(ticker, aListing(), noPegs)).not.toHaveProperty('bid')
  })

  test('drops a ticker whose bid is above its ask, not one where they meet', () => {
    const at = (bid: number) => quoteOf(aTicker({ bid, ask: 100 }), aListing(), noPegs)
    expect(at(100.01)).toEqual({ reason: 'crossed-book' })
    expect(at(100)).toMatchObject({ price: 100 })
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])(
    'takes a volume of %d for none',
    (volume) => {
      expect(quoteOf(aTicker({ volume }), aListing(), noPegs)).toMatchObject({ volume: 0 })
    },
  )
})
