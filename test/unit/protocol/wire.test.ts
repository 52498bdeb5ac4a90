import { describe, expect, test } from 'vitest'
import {
  aggregateRequestSchema,
  instantSchema,
  listenerMessageSchema,
  maxAggregateQuotes,
  maxSymbols,
  priceRecordSchema,
  priceResponseSchema,
  priceSchema,
  problemSchema,
  streamMessageSchema,
} from '../../../src/protocol/wire.ts'

const record = {
  symbol: 'BTC/USD',
  price: 97_500.1,
  timestamp: 1_700_000_000_000,
  observed_at: 1_699_999_999_000,
  sources: ['kraken'],
  confidence: 0.9,
  interval_bps: 3.5,
  algorithm: 'hampel-weighted-median',
  seq: 1,
}

const quote = { source: 'kraken', price: 45_120, volume: 100, timestamp: 1_700_000_000_000 }

test.each([
  { value: 0, ok: true },
  { value: 1_700_000_000_000, ok: true },
  { value: -1, ok: false },
  { value: 0.5, ok: false },
  { value: Number.NaN, ok: false },
])('an instant of $value is one: $ok', ({ value, ok }) => {
  expect(instantSchema.safeParse(value).success).toBe(ok)
})

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1', null])(
  'a price is a positive number, not %s',
  (value) => {
    expect(priceSchema.safeParse(value).success).toBe(false)
  },
)

describe('priceRecordSchema', () => {
  test('takes a record without a change that nobody knows', () => {
    expect(priceRecordSchema.parse(record)).toEqual(record)
    expect(priceRecordSchema.parse({ ...record, change_24h: -3.2 })).toHaveProperty('change_24h')
  })

  test.each([
    { name: 'a price of 0', differing: { price: 0 } },
    { name: 'a price of null', differing: { price: null } },
    { name: 'a confidence above 1', differing: { confidence: 1.01 } },
    { name: 'a negative interval', differing: { interval_bps: -1 } },
    { name: 'a symbol in another spelling', differing: { symbol: 'BTC-USD' } },
    { name: 'a field that we do not know', differing: { extra: 1 } },
    { name: 'a count that starts at 0', differing: { seq: 0 } },
  ])('refuses $name', ({ differing }) => {
    expect(priceRecordSchema.safeParse({ ...record, ...differing }).success).toBe(false)
  })
})

test('a price response carries its record and says how it was served', () => {
  const response = {
    ...record,
    served_at: 1_700_000_001_000,
    stale: false,
    cache: { hit: true, ttl_seconds: 299 },
    rate_limit: { limit: 30, remaining: 29, reset_at: 1_700_000_060_000 },
  }
  expect(priceResponseSchema.parse(response)).toEqual(response)
  expect(priceResponseSchema.safeParse({ ...response, cache: undefined }).success).toBe(false)
})

describe('aggregateRequestSchema', () => {
  const request = (count: number, differing: object = {}) => ({
    symbol: 'BTC',
    quotes: Array.from({ length: count }, (_, i) => ({ ...quote, source: `s${i}`, ...differing })),
  })

  test.each([
    { count: 0, ok: false },
    { count: 1, ok: true },
    { count: maxAggregateQuotes, ok: true },
    { count: maxAggregateQuotes + 1, ok: false },
  ])('$count quotes are an aggregation: $ok', ({ count, ok }) => {
    expect(aggregateRequestSchema.safeParse(request(count)).success).toBe(ok)
  })

  test.each([
    { name: 'a price of 0', differing: { price: 0 }, ok: false },
    { name: 'a volume of 0', differing: { volume: 0 }, ok: true },
    { name: 'a negative volume', differing: { volume: -1 }, ok: false },
    { name: 'a source without a name', differing: { source: '' }, ok: false },
    { name: 'a field that we do not know', differing: { weight: 1 }, ok: false },
  ])('takes $name: $ok', ({ differing, ok }) => {
    expect(aggregateRequestSchema.safeParse(request(1, differing)).success).toBe(ok)
  })
})

describe('listenerMessageSchema', () => {
  test.each([
    { action: 'subscribe', symbols: ['BTC'] },
    { action: 'subscribe', symbols: ['BTC', 'ETH'], client_id: 'me', after_seq: 0 },
    { action: 'subscribe', symbols: ['BTC'], after_seq: { BTC: 7 } },
    { action: 'unsubscribe', symbols: ['BTC'] },
    { action: 'ping' },
  ])('takes %j', (message) => {
    expect(listenerMessageSchema.parse(message)).toEqual(message)
  })

  test.each([
    { action: 'subscribe' },
    { action: 'subscribe', symbols: [] },
    { action: 'subscribe', symbols: 'BTC' },
    { action: 'subscribe', symbols: ['BTC'], after_seq: -1 },
    { action: 'subscribe', symbols: ['BTC'], after_seq: { BTC: 'latest' } },
    { action: 'subscribe', symbols: ['BTC'], client_id: '' },
    { action: 'shout', symbols: ['BTC'] },
    { action: 'ping', extra: true },
    ['subscribe'],
    null,
  ])('refuses %j', (message) => {
    expect(listenerMessageSchema.safeParse(message).success).toBe(false)
  })

  test('takes as many symbols as a listener may name, and not one more', () => {
    const subscribe = (count: number) => ({
      action: 'subscribe',
      symbols: Array.from({ length: count }, (_, i) => `S${i}`),
    })
    expect(listenerMessageSchema.safeParse(subscribe(maxSymbols)).success).toBe(true)
    expect(listenerMessageSchema.safeParse(subscribe(maxSymbols + 1)).success).toBe(false)
  })
})

describe('streamMessageSchema', () => {
  test.each([
    { type: 'price_update', data: record },
    { type: 'subscribed', data: { client_id: 'me', symbols: ['BTC/USD'], snapshot: [record] } },
    { type: 'subscribed', data: { symbols: ['BTC/USD'], snapshot: [], missed: ['BTC/USD'] } },
    { type: 'unsubscribed', data: { symbols: [] } },
    { type: 'pong' },
    { type: 'error', data: { code: 'not-json', message: 'The message is no JSON.' } },
    { type: 'closing', data: { code: 'going-away', message: 'Connect again.' } },
  ])('knows $type', (message) => {
    expect(streamMessageSchema.parse(message)).toEqual(message)
  })

  test('does not know what no listener was ever told', () => {
    expect(streamMessageSchema.safeParse({ type: 'greeting', data: {} }).success).toBe(false)
  })
})

test('a problem may say more than we know of, as RFC 9457 allows', () => {
  const problem = {
    type: 'about:blank',
    title: 'Too Many Requests',
    status: 429,
    detail: 'Wait.',
    code: 'rate-limited',
  }
  expect(problemSchema.parse({ ...problem, instance: '/x' })).toEqual(problem)
  expect(problemSchema.safeParse({ ...problem, code: undefined }).success).toBe(false)
})
