import { describe, expect, test } from 'vitest'
import {
  feedValuesRequestSchema,
  feedVolumesResponseSchema,
  maxAskedFeeds,
  roundFeedValuesResponseSchema,
} from '../../../src/protocol/value-provider-wire.ts'

const feed = { category: 1, name: 'BTC/USD' }

describe('what clients ask', () => {
  test('is what the reference clients send, and whatever else they may say', () => {
    const asked = { feeds: [{ ...feed, more: 1 }], more: 2 }
    expect(feedValuesRequestSchema.parse(asked)).toEqual({ feeds: [feed] })
  })

  test.each([
    {},
    { feeds: {} },
    { feeds: [{ category: '1', name: 'BTC/USD' }] },
    { feeds: [{ category: 1, name: null }] },
    { feeds: Array.from({ length: maxAskedFeeds + 1 }, () => feed) },
  ])('is not %j', (asked) => {
    expect(feedValuesRequestSchema.safeParse(asked).success).toBe(false)
  })
})

describe('what they are told', () => {
  test.each([
    { name: 'a value', entry: { feed, value: 64_321.12 } },
    { name: 'no value', entry: { feed } },
  ])('may be $name', ({ entry }) => {
    const told = { votingRoundId: 7, data: [entry] }
    expect(roundFeedValuesResponseSchema.parse(told)).toEqual(told)
  })

  test.each([null, 0, -1, Number.NaN, Infinity, '1'])('is never the value %s', (value) => {
    const told = { votingRoundId: 7, data: [{ feed, value }] }
    expect(roundFeedValuesResponseSchema.safeParse(told).success).toBe(false)
  })

  test('names each exchange beside its volume', () => {
    const told = { data: [{ feed, volumes: [{ exchange: 'kraken', volume: 1.5 }] }] }
    expect(feedVolumesResponseSchema.parse(told)).toEqual(told)
  })
})
