import fc from 'fast-check'
import { bytesToHex, concatHex, type Hex, keccak256 } from 'viem'
import { describe, expect, test } from 'vitest'
import { maxFeeds } from '../../../src/protocol/bridge-wire.ts'
import {
  type Commit,
  commitHash,
  decodeReveal,
  encodeReveal,
} from '../../../src/protocol/commit.ts'
import { encodeFeedValues } from '../../../src/protocol/feed-values.ts'

const malformed = expect.objectContaining({ name: 'ProtocolError', code: 'malformed-payload' })

/** An ordinary commit, of two feeds. */
function aCommit(differing: Partial<Commit> = {}): Commit {
  return {
    submitAddress: '0x00112233445566778899aabbccddeeff00112233',
    votingRoundId: 1,
    random: `0x${'ab'.repeat(32)}`,
    feedValues: '0x8000000180000002',
    ...differing,
  }
}

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytesToHex(bytes))
const vector = fc
  .array(fc.integer({ min: 0, max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 100 })
  .map((prices) => encodeFeedValues(prices.map((price) => ({ price, decimals: 0 }))).values)

describe('commitHash', () => {
  // A transaction on Flare: py-flare-common b91ee1d, tests/ftso/test_commit.py.
  test('is that of a real commit of Flare, round 812576', () => {
    const random =
      26_613_761_005_485_227_210_124_837_044_607_206_462_361_910_438_060_874_105_373_946_905_076_167_777_370n
    expect(
      commitHash({
        submitAddress: '0xc4a19715F3Dd209F01E84ABe65De7c2E9C8b6269',
        votingRoundId: 812_576,
        random: `0x${random.toString(16).padStart(64, '0')}`,
        feedValues: concatHex([
          '0x801a963f8000dfca800039bc8000f4458007e5b5803311dc80432212805ff7b980009837808943',
          '0x0f8001869f8000996b8007cd798000e8318022302180311c9480027c2e8002001180064824800038',
          '0xae800117e180095205800d1b0c8001cafd800bd5d38014b103807c895c8007fd01800130fa80015b',
          '0xc48003979e800093188000a1b78060a3b7800ab8148008a8e18000db888000655e80215923800540',
          '0x998053243580084836800045f8800d346480018695800186e5800654108000762b8001e52e80010feb',
        ]),
      }),
    ).toBe('0x05a93355a28127ff0ca2d8136648c1fd682e0041f8367ba4567586b3d4149d54')
  })

  test('hashes the standard ABI encoding, word by word', () => {
    expect(commitHash(aCommit())).toBe(
      keccak256(
        concatHex([
          '0x00000000000000000000000000112233445566778899aabbccddeeff00112233', // submitAddress
          '0x0000000000000000000000000000000000000000000000000000000000000001', // votingRoundId
          '0xabababababababababababababababababababababababababababababababab', // random
          '0x0000000000000000000000000000000000000000000000000000000000000080', // where feedValues begins
          '0x0000000000000000000000000000000000000000000000000000000000000008', // its length
          '0x8000000180000002000000000000000000000000000000000000000000000000', // its bytes, filled up
        ]),
      ),
    )
  })

  test('does not depend on the case in which an address is written', () => {
    const lower = commitHash(aCommit())
    expect(
      commitHash(aCommit({ submitAddress: '0x00112233445566778899AABBCCDDEEFF00112233' })),
    ).toBe(lower)
    expect(
      commitHash(aCommit({ submitAddress: '0x00112233445566778899AABBccddeeff00112233' })),
    ).toBe(lower)
  })

  test('tells a random with leading zeros from others', () => {
    const small: Hex = `0x${'00'.repeat(31)}01`
    expect(commitHash(aCommit({ random: small }))).not.toBe(commitHash(aCommit()))
  })

  test('empty slots left out are another commit than empty slots written', () => {
    expect(commitHash(aCommit({ feedValues: '0x80000001' }))).not.toBe(
      commitHash(aCommit({ feedValues: '0x8000000100000000' })),
    )
  })

  test.each<{ why: string; differing: Partial<Commit> }>([
    { why: 'a random of 31 bytes', differing: { random: `0x${'ab'.repeat(31)}` } },
    { why: 'a random of 33 bytes', differing: { random: `0x${'ab'.repeat(33)}` } },
    { why: 'no random', differing: { random: '0x' } },
    { why: 'values that end within a slot', differing: { feedValues: '0x800000' } },
    {
      why: 'more values than any chain has feeds',
      differing: { feedValues: `0x${'80000001'.repeat(maxFeeds + 1)}` },
    },
  ])('refuses $why, which could not be revealed', ({ differing }) => {
    expect(() => commitHash(aCommit(differing))).toThrow(malformed)
    expect(() => encodeReveal(aCommit(differing))).toThrow(malformed)
  })

  test.each([-1, 1.5, 2 ** 32, Number.NaN])('refuses the round %d', (votingRoundId) => {
    expect(() => commitHash(aCommit({ votingRoundId }))).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'value-out-of-range' }),
    )
  })

  test('says nothing of the random that it refuses', () => {
    const random: Hex = `0x${'5ec7e7'.repeat(10)}`
    const refusal = () => commitHash(aCommit({ random }))
    expect(refusal).toThrow(/random/)
    expect(refusal).not.toThrow(/5ec7e7/)
  })

  test('property: any change of a part is another hash', () => {
    fc.assert(
      fc.property(bytes32, bytes32, vector, vector, (random, other, values, otherValues) => {
        fc.pre(random !== other && values !== otherValues)
        const hashes = [
          aCommit({ random, feedValues: values }),
          aCommit({ random: other, feedValues: values }),
          aCommit({ random, feedValues: otherValues }),
          aCommit({ random, feedValues: values, votingRoundId: 2 }),
          aCommit({
            random,
            feedValues: values,
            submitAddress: '0x0000000000000000000000000000000000000001',
          }),
        ].map(commitHash)
        expect(new Set(hashes).size).toBe(hashes.length)
      }),
    )
  })
})

describe('encodeReveal', () => {
  test('is the random and then the values', () => {
    expect(encodeReveal(aCommit())).toBe(
      '0x' +
        'abababababababababababababababababababababababababababababababab' + // random
        '80000001' + // first feed
        '80000002', // second feed
    )
  })
})

describe('decodeReveal', () => {
  test('takes the random and the values apart', () => {
    expect(decodeReveal(`0x${'AB'.repeat(32)}8000000180000002`, 2)).toEqual({
      random: `0x${'ab'.repeat(32)}`,
      feedValues: '0x8000000180000002',
    })
  })

  test('a random alone is a reveal', () => {
    expect(decodeReveal(`0x${'ab'.repeat(32)}`, 2).feedValues).toBe('0x')
  })

  test.each<{ why: string; payload: Hex }>([
    { why: 'nothing', payload: '0x' },
    { why: 'one byte less than a random', payload: `0x${'ab'.repeat(31)}` },
    { why: 'a value cut short', payload: `0x${'ab'.repeat(32)}800000` },
    { why: 'more values than feeds', payload: `0x${'ab'.repeat(32)}${'80000001'.repeat(3)}` },
    { why: 'half a byte', payload: `0x${'ab'.repeat(32)}8000000` },
  ])('refuses $why', ({ payload }) => {
    expect(() => decodeReveal(payload, 2)).toThrow(malformed)
  })

  test('property: what is revealed hashes to what was committed', () => {
    fc.assert(
      fc.property(bytes32, vector, (random, feedValues) => {
        const commit = aCommit({ random, feedValues })
        const revealed = decodeReveal(encodeReveal(commit), 100)
        expect(revealed).toEqual({ random, feedValues })
        expect(commitHash({ ...commit, ...revealed })).toBe(commitHash(commit))
      }),
    )
  })
})
