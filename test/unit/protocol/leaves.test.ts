import { concatHex, type Hex, keccak256 } from 'viem'
import { describe, expect, test } from 'vitest'
import { feedId, feedSymbol } from '../../../src/protocol/feed.ts'
import { feedLeaf, type FeedMedian, randomLeaf } from '../../../src/protocol/leaves.ts'

const outOfRange = expect.objectContaining({ name: 'ProtocolError', code: 'value-out-of-range' })

function aMedian(differing: Partial<FeedMedian> = {}): FeedMedian {
  return {
    id: feedId({ symbol: feedSymbol('ADA'), category: 1 }),
    value: 1_000,
    turnoutBips: 8_500,
    decimals: 2,
    ...differing,
  }
}

describe('feedLeaf', () => {
  // Published by flare-foundation/data-availability 24e2eb1, in the tests of its feed results.
  test.each<{ round: number; feed: FeedMedian; leaf: Hex }>([
    {
      round: 667_713,
      feed: aMedian({
        id: feedId({ symbol: feedSymbol('AAVE'), category: 1 }),
        value: 851_010,
        turnoutBips: 0,
        decimals: 4,
      }),
      leaf: '0x2cc51313f84c3da21d55bb4e4c52f8761d86e50fc867b78585db28d59fff0023',
    },
    {
      round: 1,
      feed: aMedian(),
      leaf: '0x3340586f8ba8a0d651564de8b7615fa1f9f114ac24768e6dbc9ee055d1552372',
    },
  ])('of round $round is as published', ({ round, feed, leaf }) => {
    expect(feedLeaf(round, feed)).toBe(leaf)
  })

  test('hashes five words: the id stands left, negative integers keep their sign', () => {
    expect(feedLeaf(7, aMedian({ value: -2, decimals: -3 }))).toBe(
      keccak256(
        concatHex([
          '0x0000000000000000000000000000000000000000000000000000000000000007', // round
          '0x014144412f555344000000000000000000000000000000000000000000000000', // id, ADA/USD
          '0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe', // value
          '0x0000000000000000000000000000000000000000000000000000000000002134', // turnout
          '0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffd', // decimals
        ]),
      ),
    )
  })

  test.each<{ why: string; round: number; differing: Partial<FeedMedian> }>([
    { why: 'a round of five bytes', round: 2 ** 32, differing: {} },
    { why: 'a value of 33 bits', round: 1, differing: { value: 2 ** 31 } },
    { why: 'a value that is no integer', round: 1, differing: { value: 0.5 } },
    { why: 'a turnout of 17 bits', round: 1, differing: { turnoutBips: 65_536 } },
    { why: 'a turnout below nothing', round: 1, differing: { turnoutBips: -1 } },
    { why: 'decimals of nine bits', round: 1, differing: { decimals: 128 } },
  ])('refuses $why', ({ round, differing }) => {
    expect(() => feedLeaf(round, aMedian(differing))).toThrow(outOfRange)
  })

  test('refuses an id that is not 21 bytes', () => {
    expect(() => feedLeaf(1, aMedian({ id: '0x01' }))).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'malformed-payload' }),
    )
  })
})

describe('randomLeaf', () => {
  test('hashes three words', () => {
    expect(randomLeaf(7, { value: 0xabn, isSecure: true })).toBe(
      keccak256(
        concatHex([
          '0x0000000000000000000000000000000000000000000000000000000000000007', // round
          '0x00000000000000000000000000000000000000000000000000000000000000ab', // value
          '0x0000000000000000000000000000000000000000000000000000000000000001', // secure
        ]),
      ),
    )
  })

  test('a random that is not secure is another leaf', () => {
    const value = 2n ** 256n - 1n
    expect(randomLeaf(7, { value, isSecure: false })).not.toBe(
      randomLeaf(7, { value, isSecure: true }),
    )
  })

  test.each([
    { why: 'a negative random', round: 1, value: -1n },
    { why: 'a random of 257 bits', round: 1, value: 2n ** 256n },
    { why: 'a round before the first', round: -1, value: 0n },
  ])('refuses $why', ({ round, value }) => {
    expect(() => randomLeaf(round, { value, isSecure: true })).toThrow(outOfRange)
  })
})
