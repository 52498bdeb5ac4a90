import type { Hex } from 'viem'
import { describe, expect, test } from 'vitest'
import { feedMediansOf } from '../../../src/protocol/feed-medians.ts'
import { aRewardEpoch, providerAt } from '../../support/votes.ts'

/** Providers 1, 2, … with these weights. */
function votersWith(...weights: readonly bigint[]) {
  return weights.map((weight, i) => ({ submitAddress: providerAt(i + 1), weight }))
}

/** The reveals of providers 1, 2, …; `undefined` where one has none that holds. */
function revealed(...vectors: readonly (Hex | undefined)[]) {
  return new Map(
    vectors.flatMap((feedValues, i) =>
      feedValues === undefined ? [] : [[providerAt(i + 1), { random: '0x', feedValues }] as const],
    ),
  )
}

const epoch = aRewardEpoch({ voters: votersWith(1n, 1n, 2n) })

describe('feedMediansOf', () => {
  test('puts each feed to the vote of those who have a value for it', () => {
    expect(
      feedMediansOf(epoch, revealed('0x8000000180000064', '0x8000000380000066', '0x80000005')),
    ).toEqual([
      {
        ...epoch.feeds[0],
        value: 4,
        turnoutBips: 10_000,
        quartile1: 3,
        quartile3: 5,
        participatingWeight: 4n,
      },
      {
        ...epoch.feeds[1],
        value: 101,
        turnoutBips: 5_000,
        quartile1: 100,
        quartile3: 102,
        participatingWeight: 2n,
      },
    ])
  })

  test('a feed that nobody votes for is 0 at no turnout', () => {
    const empty = { value: 0, turnoutBips: 0, participatingWeight: 0n }
    expect(feedMediansOf(epoch, revealed('0x00000000', '0x', undefined))).toEqual(
      epoch.feeds.map((feed) => ({ ...feed, ...empty })),
    )
  })

  test('a vote for the price 0 is a vote, and so is one below it', () => {
    const [first, second] = feedMediansOf(
      epoch,
      revealed(undefined, undefined, '0x800000007fffffff'),
    )
    expect(first).toMatchObject({ value: 0, turnoutBips: 5_000 })
    expect(second).toMatchObject({ value: -1, turnoutBips: 5_000 })
  })

  test('voters without weight are counted in, up to a turnout of 0 with a value', () => {
    const voters = votersWith(0n, 0n, 9n)
    expect(
      feedMediansOf(
        { ...epoch, voters },
        revealed('0x80000002', '0x80000005', '0x0000000080000001'),
      ),
    ).toMatchObject([
      { value: 3, turnoutBips: 0, participatingWeight: 0n },
      { value: 1, turnoutBips: 10_000 },
    ])
  })

  test('a lone vote without weight leaves its feed without a result', () => {
    const voters = votersWith(0n, 9n)
    const [first, second] = feedMediansOf({ ...epoch, voters }, revealed('0x80000002', '0x'))
    expect(first).toBeUndefined()
    expect(second).toMatchObject({ value: 0, turnoutBips: 0 })
  })

  test('equal values stand in the order of the policy, not in that of the reveals', () => {
    const voters = votersWith(5n, 0n, 5n)
    const reveals = revealed('0x80000001', '0x80000001', '0x80000009')
    const backwards = new Map([...reveals].toReversed())
    expect(feedMediansOf({ ...epoch, voters }, reveals)[0]).toMatchObject({ value: 1 })
    expect(feedMediansOf({ ...epoch, voters }, backwards)[0]).toMatchObject({ value: 1 })
    expect(
      feedMediansOf(
        { ...epoch, voters: [voters[1], voters[0], voters[2]].filter((v) => v !== undefined) },
        reveals,
      )[0],
    ).toMatchObject({ value: 5 })
  })

  test('strangers have no vote', () => {
    expect(
      feedMediansOf(epoch, revealed(undefined, undefined, undefined, '0x80000001'))[0],
    ).toMatchObject({ value: 0, turnoutBips: 0 })
  })

  test('an address of the policy may be written in capitals', () => {
    const submitAddress: Hex = `0x${providerAt(1).slice(2).toUpperCase()}`
    const voters = [{ submitAddress, weight: 1n }]
    expect(feedMediansOf({ ...epoch, voters }, revealed('0x80000007'))[0]).toMatchObject({
      value: 7,
    })
  })

  test('refuses a policy that weighs nothing', () => {
    for (const voters of [[], votersWith(0n, 0n)]) {
      expect(() => feedMediansOf({ ...epoch, voters }, revealed('0x80000001'))).toThrow(
        expect.objectContaining({ name: 'ProtocolError', code: 'value-out-of-range' }),
      )
    }
  })
})
