import { describe, expect, test } from 'vitest'
import { frozenEntryOf, rollableMs } from '../../../src/core/frozen-entry.ts'
import { frozenEntrySchema } from '../../../src/protocol/bridge-wire.ts'
import { aPriceRecord } from '../../support/price-records.ts'
import { anOrderedFeed } from '../../support/rounds.ts'

const feed = anOrderedFeed('BTC', 2)
const atMs = 1_000_000

test('a price of the freeze is the entry', () => {
  const entry = frozenEntryOf(feed, { kind: 'priced', price: 97_500.5, confidence: 0.9 }, atMs)
  expect(entry).toEqual({ ...feed, price: 97_500.5, confidence: 0.9 })
  expect(frozenEntrySchema.parse(entry)).toEqual(entry)
})

describe('without a quorum', () => {
  const rolled = { ...feed, price: 97_500.1, confidence: 0.97, rolled: true }

  test.each([
    { name: 'young', observedAtMs: atMs - 1_000, entry: rolled },
    { name: 'exactly as old as allowed', observedAtMs: atMs - rollableMs, entry: rolled },
    { name: 'older', observedAtMs: atMs - rollableMs - 1, entry: feed },
  ])('a last price that is $name', ({ observedAtMs, entry }) => {
    const last = aPriceRecord({ observed_at: observedAtMs })
    expect(frozenEntryOf(feed, { kind: 'no-quorum', last }, atMs)).toEqual(entry)
  })

  test('and without a last price there is none', () => {
    expect(frozenEntryOf(feed, { kind: 'no-quorum' }, atMs)).toEqual(feed)
  })
})

test('a feed that nobody could ask has no price', () => {
  expect(frozenEntryOf(feed, undefined, atMs)).toEqual(feed)
})
