import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { listings } from '../../../../src/catalogue.ts'
import { exchanges } from '../../../../src/exchanges/registry.ts'
import type { Hearing } from '../../../../src/exchanges/live/live-exchange.ts'
import { messageOf } from '../../../../src/exchanges/live/message.ts'
import { liveExchanges } from '../../../../src/exchanges/live/registry.ts'
import { liveSamples } from '../../../support/exchanges/live.ts'
import { oddity, oddly } from '../../../support/oddity.ts'

/** A little after the samples were said. */
const receivedAtMs = Date.UTC(2026, 10, 22, 10, 30)

const all = [...liveExchanges].map(([name, exchange]) => {
  const sample = liveSamples[name]
  if (sample === undefined) throw new Error(`No sample of ${name}.`)
  const hearing: Hearing = { marketOf: new Map([[sample.name, sample.market]]), receivedAtMs }
  return { name, exchange, sample, hearing }
})

const asking = { id: 7, nowMs: receivedAtMs }

describe.each(all)('$name', ({ name, exchange, sample, hearing }) => {
  test('is the same source as over REST, under its own name of a market', () => {
    expect(exchanges.get(name)?.name).toBe(name)
    expect(exchange.nameOf(sample.market)).toBe(sample.name)
  })

  test('knows another name of every market of the catalogue, or the same', () => {
    const markets = listings.filter(({ source }) => source === name).map(({ market }) => market)
    expect(new Set(markets.map(exchange.nameOf)).size).toBe(markets.length)
    expect(markets).toContain(sample.market)
  })

  test('a ticker is read field by field', () => {
    expect(exchange.read(sample.ticker(), hearing)).toEqual({
      kind: 'tickers',
      tickers: [{ source: name, market: sample.market, ...sample.read }],
    })
  })

  test('acknowledgements, heartbeats and pongs are neither tickers nor refusals', () => {
    for (const message of sample.others) {
      expect(exchange.read(message, hearing)).toEqual({ kind: 'other' })
    }
    expect(exchange.read(undefined, hearing)).toEqual({ kind: 'other' })
  })

  test('a market that nobody wants is not told of', () => {
    const elsewhere = { ...hearing, marketOf: new Map([['ELSE', 'ELSE']]) }
    expect(exchange.read(sample.ticker(), elsewhere)).toEqual({ kind: 'other' })
  })

  test('a subscription names the markets as the exchange does, and is JSON', () => {
    const text = exchange.subscribe([sample.name], asking).toLowerCase()
    expect(text).toContain(sample.name.toLowerCase())
    expect(typeof messageOf(text)).toBe('object')
  })

  test('property: no message whatever makes it throw, or yield no price', () => {
    const message = fc.oneof(
      fc.anything(),
      fc.jsonValue(),
      oddly(sample.row).map((row) => sample.ticker(row)),
      fc.record({ data: oddity, result: oddity, error: oddity, success: oddity, event: oddity }),
    )
    fc.assert(
      fc.property(message, (said) => {
        const heard = exchange.read(said, hearing)
        for (const ticker of heard.kind === 'tickers' ? heard.tickers : []) {
          expect(ticker).toMatchObject({ source: name, market: sample.market })
          for (const price of [ticker.last, ticker.bid, ticker.ask, ticker.open24h]) {
            expect(price === undefined || (price > 0 && Number.isFinite(price))).toBe(true)
          }
          expect(ticker.volume ?? 1).toBeGreaterThan(0)
          expect(Number.isSafeInteger(ticker.observedAtMs)).toBe(true)
          expect(ticker.observedAtMs).toBeLessThanOrEqual(receivedAtMs)
        }
      }),
      { numRuns: 250 },
    )
  })
})

test('six exchanges can be listened to', () => {
  expect([...liveExchanges.keys()]).toEqual([
    'binance',
    'bybit',
    'coinbase',
    'gate',
    'kraken',
    'okx',
  ])
})

test.each([
  { name: 'binance', text: '{"method":"SUBSCRIBE","params":["a@ticker","b@ticker"],"id":7}' },
  {
    name: 'coinbase',
    text: '{"type":"subscribe","channels":[{"name":"ticker_batch","product_ids":["A","B"]},{"name":"heartbeat","product_ids":["A"]}]}',
  },
  {
    name: 'kraken',
    text: '{"method":"subscribe","params":{"channel":"ticker","symbol":["A","B"],"event_trigger":"bbo"},"req_id":7}',
  },
  {
    name: 'okx',
    text: '{"op":"subscribe","args":[{"channel":"tickers","instId":"A"},{"channel":"tickers","instId":"B"}]}',
  },
  { name: 'bybit', text: '{"op":"subscribe","args":["tickers.A","tickers.B"],"req_id":"7"}' },
  {
    name: 'gate',
    text: '{"time":1795343400,"id":7,"channel":"spot.tickers","event":"subscribe","payload":["A","B"]}',
  },
])('$name is subscribed to as it documents', ({ name, text }) => {
  expect(liveExchanges.get(name)?.subscribe(['A', 'B'], asking)).toBe(text)
})

test.each([
  { name: 'binance', text: '{"method":"LIST_SUBSCRIPTIONS","id":7}' },
  { name: 'coinbase', text: undefined },
  { name: 'kraken', text: '{"method":"ping","req_id":7}' },
  { name: 'okx', text: 'ping' },
  { name: 'bybit', text: '{"op":"ping","req_id":"7"}' },
  { name: 'gate', text: '{"time":1795343400,"channel":"spot.ping"}' },
])('$name is pinged as it documents', ({ name, text }) => {
  expect(liveExchanges.get(name)?.ping?.(asking)).toBe(text)
})

const unknownPair = "Wrong URL or channel:tickers,instId:BTC-USDT doesn't exist."

test.each([
  {
    name: 'binance',
    message: { error: { code: 2, msg: 'Invalid request: too many parameters' }, id: 3 },
    heard: {
      markets: [],
      id: 3,
      message: 'Binance refused with Invalid request: too many parameters',
    },
  },
  {
    name: 'coinbase',
    message: {
      type: 'error',
      message: 'Failed to subscribe',
      reason: 'BTC-USD is not a valid product',
    },
    heard: {
      markets: ['BTC-USD'],
      message: 'Coinbase refused with BTC-USD is not a valid product',
    },
  },
  {
    name: 'coinbase',
    message: { type: 'error', message: 'ErrSlowConsume' },
    heard: { markets: [], message: 'Coinbase refused with ErrSlowConsume' },
  },
  {
    name: 'kraken',
    message: {
      error: 'Currency pair not supported',
      method: 'subscribe',
      success: false,
      symbol: 'BTC/USD',
      req_id: 3,
    },
    heard: {
      markets: ['XBTUSD'],
      id: 3,
      message: 'Kraken refused with Currency pair not supported',
    },
  },
  {
    name: 'okx',
    message: { event: 'error', code: '60018', msg: unknownPair, connId: 'x' },
    heard: { markets: ['BTC-USDT'], message: `OKX refused with ${unknownPair}` },
  },
  {
    name: 'bybit',
    message: {
      success: false,
      ret_msg: 'error:handler not found,topic:tickers.BTCUSDT',
      req_id: '3',
      op: 'subscribe',
    },
    heard: {
      markets: ['BTCUSDT'],
      id: 3,
      message: 'Bybit refused with error:handler not found,topic:tickers.BTCUSDT',
    },
  },
  {
    name: 'gate',
    message: {
      id: 3,
      channel: 'spot.tickers',
      event: 'subscribe',
      error: { code: 2, message: 'unknown currency pair BTC_USDT' },
      result: null,
    },
    heard: {
      markets: ['BTC_USDT'],
      id: 3,
      message: 'Gate refused with unknown currency pair BTC_USDT',
    },
  },
])('$name: a refusal says what is refused, where the exchange does', ({ name, message, heard }) => {
  const found = all.find((one) => one.name === name)
  expect(found?.exchange.read(message, found.hearing)).toEqual({ kind: 'refused', ...heard })
})

test('OKX says that it is about to close a connection', () => {
  const found = all.find(({ name }) => name === 'okx')
  const msg = 'The connection will soon be closed for a service upgrade. Please reconnect.'
  expect(found?.exchange.read({ event: 'notice', code: '64008', msg }, found.hearing)).toEqual({
    kind: 'leaving',
    message: `OKX says ${msg}`,
  })
})

test.each([
  ['XBTUSD', 'BTC/USD'],
  ['XDGUSD', 'DOGE/USD'],
  ['USDTUSD', 'USDT/USD'],
  ['USDCUSDT', 'USDC/USDT'],
  ['SOLUSD', 'SOL/USD'],
  ['USD', 'USD'],
  ['XBTEUR', 'XBTEUR'],
])('Kraken spells %s as %s', (market, spelled) => {
  expect(liveExchanges.get('kraken')?.nameOf(market)).toBe(spelled)
})

test('one unreadable row costs only itself', () => {
  const found = all.find(({ name }) => name === 'kraken')
  const row = found?.sample.row
  const message = { channel: 'ticker', data: [null, 7, { ...row, last: 'nan' }, row] }
  expect(found?.exchange.read(message, found.hearing)).toMatchObject({
    kind: 'tickers',
    tickers: [{ last: 73_380.6 }],
  })
})

test.each([
  { name: 'JSON', data: '{"a":1}', message: { a: 1 } },
  { name: 'a bare word', data: 'pong', message: 'pong' },
  { name: 'half of JSON', data: '{"a":', message: '{"a":' },
  { name: 'bytes', data: new Uint8Array(3), message: undefined },
  { name: 'a message without end', data: 'x'.repeat(262_145), message: undefined },
])('a message that is $name is read as one', ({ data, message }) => {
  expect(messageOf(data)).toEqual(message)
})
