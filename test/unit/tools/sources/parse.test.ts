import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ExchangeError } from '../../../../src/exchanges/exchange.ts'
import { exchanges } from '../../../../src/exchanges/registry.ts'
import { feedSymbol } from '../../../../src/protocol/feed.ts'
import { exchangeNamed, SourcesError } from '../../../../tools/sources/names.ts'
import { maxSavedBytes, parsedMarkets } from '../../../../tools/sources/parse.ts'
import {
  binanceRow,
  coinbaseAnswer,
  coinbaseProduct,
  krakenAnswer,
  krakenPair,
  krakenRefusal,
  receivedAtMs,
} from '../../../support/exchanges.ts'
import { aListing } from '../../../support/quotes.ts'

const listings = [
  aListing({ source: 'binance', market: 'BTCUSDT', quoteCurrency: 'USDT' }),
  aListing({ source: 'coinbase', market: 'BTC-USD' }),
  aListing({ source: 'kraken', market: 'XBTUSD' }),
  aListing({ source: 'kraken', market: 'ETHUSD', symbol: feedSymbol('ETH') }),
]

function read(name: string, body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return parsedMarkets(exchangeNamed(name, exchanges), listings, { text, receivedAtMs })
}

describe('exchangeNamed', () => {
  test.each([
    { text: 'kraken', name: 'kraken' },
    { text: ' Kraken ', name: 'kraken' },
    { text: 'KRAKEN', name: 'kraken' },
    { text: 'Binance.com', name: 'binance' },
    { text: 'coinbase_advanced', name: 'coinbase' },
  ])('"$text" is $name', ({ text, name }) => {
    expect(exchangeNamed(text, exchanges).name).toBe(name)
  })

  test.each(['crypto.com', 'cryptocom', 'Crypto.com', 'CRYPTO_COM'])(
    '"%s" is crypto.com',
    (text) => {
      const known = new Map([
        ['crypto.com', { ...exchangeNamed('kraken', exchanges), name: 'crypto.com' }],
      ])
      expect(exchangeNamed(text, known).name).toBe('crypto.com')
    },
  )

  test('every exchange is known by its own name', () => {
    for (const name of exchanges.keys()) expect(exchangeNamed(name, exchanges).name).toBe(name)
  })

  test.each(['', 'nowhere', '../kraken!x', 'krake'])(
    '"%s" is none, and those that are are named',
    (text) => {
      expect(() => exchangeNamed(text, exchanges)).toThrow(
        expect.objectContaining({
          code: 'exchange-unknown',
          message: expect.stringContaining('kraken'),
        }),
      )
    },
  )
})

describe('parsedMarkets', () => {
  test('tells every field of what the adapter found, undated answers dated by their arrival', () => {
    expect(read('kraken', krakenAnswer({ XXBTZUSD: krakenPair(), UNKNOWN: krakenPair() }))).toEqual(
      [
        {
          symbol: 'BTC/USD',
          market: 'XBTUSD',
          price: 73_380.6,
          volume: 598.04,
          bid: 73_380.6,
          ask: 73_380.7,
          timestamp: receivedAtMs,
          timestamp_kind: 'received',
        },
      ],
    )
  })

  test('says null for what an exchange does not say', () => {
    expect(read('coinbase', coinbaseAnswer(coinbaseProduct({ volume_24h: '' })))).toMatchObject([
      {
        symbol: 'BTC/USD',
        market: 'BTC-USD',
        price: 68_923.67,
        volume: null,
        bid: null,
        ask: null,
      },
    ])
  })

  test('keeps the order of the catalogue', () => {
    const body = krakenAnswer({ ETHUSD: krakenPair(), XBTUSD: krakenPair() })
    expect(read('kraken', body).map(({ market }) => market)).toEqual(['XBTUSD', 'ETHUSD'])
  })

  test("reads Binance's single form as the list that it is one row of", () => {
    expect(read('binance', binanceRow())).toEqual(read('binance', [binanceRow()]))
    expect(read('binance', binanceRow())).toMatchObject([
      { price: 69_624, timestamp: receivedAtMs - 1_000, timestamp_kind: 'ticker' },
    ])
  })

  test.each([
    { name: 'coinbase', body: coinbaseProduct(), code: 'unexpected-shape' },
    { name: 'kraken', body: krakenPair(), code: 'unexpected-shape' },
    // Binance's interface, but a list even for one symbol.
    { name: 'bitrue', body: binanceRow(), code: 'unexpected-shape' },
    { name: 'binance', body: { code: -1121, msg: 'Invalid symbol.' }, code: 'market-refused' },
    { name: 'kraken', body: krakenRefusal('EAPI:Rate limit exceeded'), code: 'rate-limited' },
    { name: 'binance', body: '<!DOCTYPE html>', code: 'not-json' },
    { name: 'binance', body: '', code: 'not-json' },
    { name: 'binance', body: '[{"symbol":"BTCUS', code: 'not-json' },
    { name: 'binance', body: ' '.repeat(maxSavedBytes + 1), code: 'too-large' },
  ])('$name refuses a body with $code', ({ name, body, code }) => {
    expect(() => read(name, body)).toThrow(expect.objectContaining({ code }))
  })

  test('an answer that does not name its market is read only as the one that is said', () => {
    const alone = { ...exchangeNamed('kraken', exchanges), maxMarkets: 1 }
    const saved = { text: JSON.stringify(krakenAnswer({ ETHUSD: krakenPair() })), receivedAtMs }
    expect(() => parsedMarkets(alone, listings, saved)).toThrow(
      expect.objectContaining({ code: 'market-needed' }),
    )
    expect(parsedMarkets(alone, listings, { ...saved, market: 'ETHUSD' })).toMatchObject([
      { symbol: 'ETH/USD' },
    ])
  })

  test('property: whatever the body, it is read or refused in a typed way', () => {
    const names = fc.constantFrom(...exchanges.keys())
    fc.assert(
      fc.property(names, fc.oneof(fc.json(), fc.string()), (name, text) => {
        try {
          for (const { price } of read(name, text)) expect(price).toBeGreaterThan(0)
        } catch (error) {
          expect(error instanceof ExchangeError || error instanceof SourcesError).toBe(true)
        }
      }),
    )
  })
})
