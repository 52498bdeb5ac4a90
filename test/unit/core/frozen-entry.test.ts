import { describe, expect, test } from 'vitest'
import {
  type Considered,
  frozenEntryOf,
  rollableMs,
  sureWithinBps,
  usableWithinBps,
} from '../../../src/core/frozen-entry.ts'
import { frozenEntrySchema } from '../../../src/protocol/bridge-wire.ts'
import { anOrderedFeed } from '../../support/rounds.ts'

const feed = anOrderedFeed('BTC', 2)
const atMs = 1_000_000

/** A vote that nobody need doubt. */
const vote = {
  kind: 'priced',
  price: 97_500.5,
  confidence: 0.9,
  intervalBps: 5,
  nEff: 4,
  lowQuorum: false,
} as const
const rolled = { price: 97_499, confidence: 0.7, observedAtMs: atMs - 40_000 }
const voted = { ...feed, price: 97_500.5, confidence: 0.9 }
const rolledEntry = { ...feed, price: 97_499, confidence: 0.7, rolled: true }

test('a sure vote of the freeze is the entry, whatever stands beside it', () => {
  expect(frozenEntryOf(feed, vote, atMs)).toEqual(voted)
  expect(frozenEntryOf(feed, { ...vote, rolled }, atMs)).toEqual(voted)
  expect(frozenEntrySchema.parse(frozenEntryOf(feed, vote, atMs))).toEqual(voted)
})

describe('a vote that is not sure', () => {
  const unsure: Extract<Considered, { kind: 'priced' }>[] = [
    { ...vote, intervalBps: sureWithinBps },
    { ...vote, nEff: 1.9 },
    { ...vote, lowQuorum: true },
  ]

  test.each(unsure)(
    'gives way to a young rolled one: $intervalBps bps, $nEff sources, low quorum $lowQuorum',
    (doubted) => {
      expect(frozenEntryOf(feed, { ...doubted, rolled }, atMs)).toEqual(rolledEntry)
    },
  )

  test.each(unsure)(
    'is better than nothing: $intervalBps bps, $nEff sources, low quorum $lowQuorum',
    (doubted) => {
      expect(frozenEntryOf(feed, doubted, atMs)).toEqual(voted)
      const old = { ...rolled, observedAtMs: atMs - rollableMs - 1 }
      expect(frozenEntryOf(feed, { ...doubted, rolled: old }, atMs)).toEqual(voted)
    },
  )

  test('two sources of equal weight are two, for all that rounding takes', () => {
    expect(frozenEntryOf(feed, { ...vote, nEff: 2 - 1e-12, rolled }, atMs)).toEqual(voted)
  })

  test.each([
    { name: 'as wide as can be used', intervalBps: usableWithinBps, entry: voted },
    { name: 'wider', intervalBps: usableWithinBps + 0.1, entry: feed },
  ])('is worth something if it is $name', ({ intervalBps, entry }) => {
    expect(frozenEntryOf(feed, { ...vote, intervalBps }, atMs)).toEqual(entry)
  })
})

describe('without a quorum', () => {
  test.each([
    { name: 'young', observedAtMs: atMs - 1_000, entry: rolledEntry },
    { name: 'exactly as old as allowed', observedAtMs: atMs - rollableMs, entry: rolledEntry },
    { name: 'older', observedAtMs: atMs - rollableMs - 1, entry: feed },
  ])('a rolled consensus that is $name', ({ observedAtMs, entry }) => {
    const considered = { kind: 'no-quorum', rolled: { ...rolled, observedAtMs } } as const
    expect(frozenEntryOf(feed, considered, atMs)).toEqual(entry)
    expect(frozenEntrySchema.parse(entry)).toEqual(entry)
  })

  test('and without a consensus before there is none', () => {
    expect(frozenEntryOf(feed, { kind: 'no-quorum' }, atMs)).toEqual(feed)
  })
})

test('a feed that nobody could ask has no price', () => {
  expect(frozenEntryOf(feed, undefined, atMs)).toEqual(feed)
})
