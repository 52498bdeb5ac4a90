/** The replayed venues that refuse, leave out and dress up, each in its own way. */

import { describe, expect, test } from 'vitest'
import { replayOf } from '../../../local/exchanges/replay.ts'
import { loadTape } from '../../../local/exchanges/tape.ts'
import { venues } from '../../../local/exchanges.ts'
import { binanceus } from '../../../src/exchanges/binanceus.ts'
import { gate } from '../../../src/exchanges/gate.ts'

/** A quiet instant; every answer below is the same in each run. */
const nowMs = Date.UTC(2026, 10, 22, 10, 30, 0, 500)
const replay = replayOf(venues, loadTape(), () => nowMs)

type Got = { readonly status: number; readonly body: unknown; readonly headers: Headers }

function get(venue: string, path: string, query = ''): Got {
  const answer = replay.answer(venue, {
    method: 'GET',
    path,
    query: new URLSearchParams(query),
    headers: {},
  })
  if (answer?.kind !== 'reply') throw new Error(`${venue} did not answer.`)
  const { status, body, headers } = answer.reply
  return { status, body: JSON.parse(JSON.stringify(body)), headers: new Headers(headers) }
}

const decimal = expect.stringMatching(/^\d+(\.\d+)?$/)
const signed = expect.stringMatching(/^-?\d+(\.\d+)?$/)
const number = expect.any(Number)

describe('Binance.US', () => {
  const path = '/api/v3/ticker/24hr'

  test('has Binance’s rows, of true dollars too', () => {
    const { body } = get('binanceus', path, 'symbols=["BTCUSD","BTCUSDT"]')
    expect(body).toMatchObject([{ symbol: 'BTCUSD' }, { symbol: 'BTCUSDT' }])
  })

  test('has a test symbol, and a price beside a book that is empty', () => {
    const { body } = get('binanceus', path)
    expect(body).toContainEqual(
      expect.objectContaining({ symbol: '123456', lastPrice: '71.00000000', count: 0 }),
    )
    expect(get('binanceus', path, 'symbol=HNTUSD').body).toMatchObject({
      lastPrice: expect.stringMatching(/^1\.\d{8}$/),
      bidPrice: '0.00000000',
      askPrice: '0.00000000',
    })
  })

  test.each([
    { name: 'one symbol', query: 'symbol=BTCUSD', share: 2 / 1_200 },
    {
      name: 'twenty',
      query: `symbols=["${Array(20).fill('BTCUSD').join('","')}"]`,
      share: 2 / 1_200,
    },
    {
      name: 'more',
      query: `symbols=["${Array(21).fill('BTCUSD').join('","')}"]`,
      share: 40 / 1_200,
    },
    {
      name: 'too many',
      query: `symbols=["${Array(101).fill('BTCUSD').join('","')}"]`,
      share: 80 / 1_200,
    },
    { name: 'all', query: '', share: 80 / 1_200 },
  ])('tells its adapter what $name cost', ({ query, share }) => {
    expect(binanceus.usedShare?.(get('binanceus', path, query).headers)).toBe(share)
  })

  test('lets one unknown symbol fail the whole call', () => {
    expect(get('binanceus', path, 'symbols=["BTCUSD","NOPEUSD"]')).toMatchObject({
      status: 400,
      body: { code: -1121, msg: 'Invalid symbol.' },
    })
  })
})

describe('OKX', () => {
  const path = '/api/v5/market/tickers'
  const one = '/api/v5/market/ticker'

  test('answers a market, field by field, dated by itself', () => {
    const { body } = get('okx', one, 'instId=BTC-USDT')
    expect(body).toEqual({
      code: '0',
      msg: '',
      data: [
        {
          instType: 'SPOT',
          instId: 'BTC-USDT',
          last: decimal,
          lastSz: decimal,
          askPx: decimal,
          askSz: decimal,
          bidPx: decimal,
          bidSz: decimal,
          open24h: decimal,
          high24h: decimal,
          low24h: decimal,
          vol24h: decimal,
          volCcy24h: decimal,
          ts: expect.stringMatching(/^\d{13}$/),
          sodUtc0: decimal,
          sodUtc8: decimal,
        },
      ],
    })
  })

  test('has empty prices for what has not traded yet', () => {
    const { body } = get('okx', path, 'instType=SPOT')
    expect(body).toMatchObject({
      data: expect.arrayContaining([
        expect.objectContaining({ instId: 'XDC-USDT', last: '', bidPx: '', vol24h: '0' }),
      ]),
    })
  })

  test.each([
    { path, query: '', status: 400, code: '51000' },
    { path, query: 'instType=COINS', status: 400, code: '51000' },
    { path, query: 'instType=SWAP', status: 200, code: '0' },
    { path: one, query: 'instId=NOPE-USDT', status: 200, code: '51001' },
    { path: '/api/v5/nope', query: '', status: 404, code: '404' },
  ])('answers $path?$query with the code $code and no market', ({ path, query, status, code }) => {
    expect(get('okx', path, query)).toMatchObject({ status, body: { code, data: [] } })
  })
})

describe('Bybit', () => {
  const path = '/v5/market/tickers'

  test('answers a market, field by field, under one time', () => {
    expect(get('bybit', path, 'category=spot&symbol=BTCUSDT').body).toEqual({
      retCode: 0,
      retMsg: 'OK',
      result: {
        category: 'spot',
        list: [
          {
            symbol: 'BTCUSDT',
            bid1Price: decimal,
            bid1Size: decimal,
            ask1Price: decimal,
            ask1Size: decimal,
            lastPrice: decimal,
            prevPrice24h: decimal,
            price24hPcnt: signed,
            highPrice24h: decimal,
            lowPrice24h: decimal,
            turnover24h: decimal,
            volume24h: decimal,
            usdIndexPrice: decimal,
          },
        ],
      },
      retExtInfo: {},
      time: nowMs,
    })
  })

  test('has no index for small coins, and zeros for what has not traded yet', () => {
    const { body } = get('bybit', path, 'category=spot')
    const row = (differing: object) => expect.arrayContaining([expect.objectContaining(differing)])
    expect(body).toMatchObject({
      result: { list: row({ symbol: 'FLRUSDT', usdIndexPrice: '', lastPrice: decimal }) },
    })
    expect(body).toMatchObject({
      result: { list: row({ symbol: 'PAXGUSDT', lastPrice: '0', volume24h: '0' }) },
    })
  })

  test.each(['', 'category=linear', 'category=spot&symbol=NOPEUSDT'])(
    'refuses %j under a status of 200',
    (query) => {
      expect(get('bybit', path, query)).toMatchObject({
        status: 200,
        body: { retCode: 10_001, result: {}, time: nowMs },
      })
    },
  )
})

describe('Bitstamp', () => {
  const seconds = String(Math.floor(nowMs / 1_000))
  const ticker = {
    timestamp: seconds,
    open: decimal,
    high: decimal,
    low: decimal,
    last: decimal,
    volume: expect.stringMatching(/^\d+\.\d{8}$/),
    vwap: decimal,
    bid: decimal,
    ask: decimal,
    side: expect.stringMatching(/^[01]$/),
    open_24: decimal,
    percent_change_24: signed,
  }

  test('names its markets where it lists them all, and only there', () => {
    const { body } = get('bitstamp', '/api/v2/ticker/')
    expect(body).toContainEqual({ ...ticker, pair: 'USDT/USD' })
    expect(get('bitstamp', '/api/v2/ticker/btcusd/').body).toEqual(ticker)
  })

  test('lists a perpetual, and a dead market under a fresh time', () => {
    const { body } = get('bitstamp', '/api/v2/ticker/')
    expect(body).toContainEqual(expect.objectContaining({ pair: 'BTC/USD-PERP' }))
    expect(body).toContainEqual(
      expect.objectContaining({
        pair: 'MATIC/USD',
        timestamp: seconds,
        last: '0.37912',
        volume: '0.00000000',
      }),
    )
  })

  test.each(['/api/v2/ticker', '/api/v2/ticker/nope/'])('answers %s with a page', (path) => {
    expect(get('bitstamp', path)).toMatchObject({
      status: 404,
      body: expect.stringContaining('<html>'),
    })
  })
})

describe('Gate', () => {
  const path = '/api/v4/spot/tickers'

  test('answers a market, field by field, without any time', () => {
    expect(get('gate', path, 'currency_pair=BTC_USDT').body).toEqual([
      {
        currency_pair: 'BTC_USDT',
        last: decimal,
        lowest_ask: decimal,
        lowest_size: decimal,
        highest_bid: decimal,
        highest_size: decimal,
        change_percentage: signed,
        base_volume: decimal,
        quote_volume: decimal,
        high_24h: decimal,
        low_24h: decimal,
      },
    ])
  })

  test.each([
    { currency_pair: 'SOL_USDC', last: decimal, base_volume: 'nan', quote_volume: 'nan' },
    { currency_pair: 'MATIC_USDT', last: '0.3791', highest_bid: '', base_volume: '0' },
    { currency_pair: 'BTC3L_USDT', etf_net_value: decimal, etf_leverage: decimal },
  ])('lists $currency_pair with its oddity', (row) => {
    expect(get('gate', path).body).toContainEqual(expect.objectContaining(row))
  })

  test('tells its adapter what is left of its limit', () => {
    expect(gate.usedShare?.(get('gate', path).headers)).toBeCloseTo(1 / 200, 12)
  })

  test('refuses an unknown market by a label', () => {
    expect(get('gate', path, 'currency_pair=NOPE_USDT')).toMatchObject({
      status: 400,
      body: { label: 'INVALID_CURRENCY_PAIR', message: 'Invalid currency pair NOPE_USDT' },
    })
  })
})

describe('Bitfinex', () => {
  const places = (length: number) => Array.from({ length }, () => number)

  test('answers lists, under names of its own, and leaves out what it does not know', () => {
    const query = 'symbols=tBTCUSD,tNOPE:USD,tAVAX:USD,tUSTUSD,tATOUSD,tBCHN:USD'
    expect(get('bitfinex', '/v2/tickers', query).body).toEqual([
      ['tBTCUSD', ...places(10)],
      ['tAVAX:USD', ...places(10)],
      ['tUSTUSD', ...places(10)],
      ['tATOUSD', ...places(10)],
      ['tBCHN:USD', ...places(10)],
    ])
    expect(get('bitfinex', '/v2/tickers', 'symbols=tNOPE:USD').body).toEqual([])
  })

  test('answers one market without its name', () => {
    expect(get('bitfinex', '/v2/ticker/tBTCUSD').body).toEqual(places(10))
  })

  test('answers to ALL with funding currencies, which have 17 places', () => {
    const { body } = get('bitfinex', '/v2/tickers', 'symbols=ALL')
    const funding = Array.isArray(body)
      ? body.filter((row: unknown) => Array.isArray(row) && String(row[0]).startsWith('f'))
      : []
    expect(funding.map((row: unknown[]) => [row[0], row.length])).toEqual([
      ['fUSD', 17],
      ['fUST', 17],
    ])
  })

  test.each([
    { path: '/v2/tickers', reason: 'symbols: invalid' },
    { path: '/v2/ticker/tNOPE:USD', reason: 'symbol: invalid' },
  ])('refuses $path as an error that is a list', ({ path, reason }) => {
    expect(get('bitfinex', path)).toMatchObject({ status: 500, body: ['error', 10_020, reason] })
  })
})

test.each([
  { venue: 'binanceus', status: 429, said: { code: -1003 } },
  { venue: 'okx', status: 429, said: { code: '50011' } },
  { venue: 'okx', status: 503, said: { code: '50001' } },
  { venue: 'bybit', status: 429, said: { retCode: 10_006 } },
  { venue: 'bybit', status: 503, said: { retCode: 10_016 } },
  { venue: 'bitstamp', status: 429, said: { status: 'error', code: '400.002' } },
  {
    venue: 'bitstamp',
    status: 503,
    said: { status: 'error', reason: { __all__: [expect.any(String)] } },
  },
  { venue: 'gate', status: 429, said: { label: 'TOO_MANY_REQUESTS' } },
  { venue: 'gate', status: 503, said: { label: 'SERVER_ERROR' } },
  { venue: 'bitfinex', status: 429, said: ['error', 11_010, 'ratelimit: error'] },
  { venue: 'bitfinex', status: 503, said: ['error', 20_060, 'maintenance'] },
])('$venue refuses with $status in its own words', ({ venue, status, said }) => {
  replay.setFault(venue, { mode: 'status', status })
  try {
    expect(get(venue, '/')).toMatchObject({ status, body: said })
  } finally {
    replay.setFault(venue, {})
  }
})
