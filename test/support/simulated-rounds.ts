/**
 * Fifty rounds of a Flare with sixty providers: the blocks of a chain on which a reward epoch ends,
 * the rules change to those of FIP.16, voters come and go, and the feeds get another order.
 */

import { type Address, concatHex, type Hex, numberToHex, sliceHex } from 'viem'
import { submissionAddress } from '../../src/protocol/contracts.ts'
import { networks } from '../../src/protocol/networks.ts'
import type { FullBlock } from '../../src/protocol/raw-submissions.ts'
import { type RewardEpoch, rewardEpochAt, type Voter } from '../../src/protocol/reward-epoch.ts'
import { behaviours, type BehaviourName, chance, seeded } from './simulated-providers.ts'

export type SimulatedRounds = {
  readonly blocks: readonly FullBlock[]
  readonly epochs: readonly RewardEpoch[]
  readonly firstRound: number
  readonly lastRound: number
}

type Provider = {
  readonly address: Address
  readonly name: BehaviourName
  readonly isWeightless: boolean
  /** In which of the two reward epochs it is a voter. */
  readonly votes: 'always' | 'before' | 'after' | 'never'
}

/** Reward epoch 417 should begin 35 rounds after the first of these; it begins two rounds late. */
const firstRound = 1_401_085
const changeRound = 1_401_122
const lastRound = firstRound + 49

/** So many voters of each kind; whoever is no honest one goes wrong in each of its rounds. */
const voters: readonly (readonly [BehaviourName, number])[] = [
  ['honest', 18],
  ['stumbling', 10],
  ['missing', 2],
  ['withholding', 2],
  ['revealingOnly', 1],
  ['onTheLastSecond', 2],
  ['onTheFirstSecond', 1],
  ['committingLate', 1],
  ['revealingLate', 2],
  ['revealingEarly', 1],
  ['anotherRound', 1],
  ['wrongRandom', 2],
  ['copying', 1],
  ['correcting', 2],
  ['recanting', 1],
  ['babbling', 2],
  ['brokenFrame', 1],
  ['tooManyValues', 1],
  ['fullVector', 2],
  ['twoFrames', 2],
  ['besideTheConnector', 2],
  ['randomAlone', 2],
  ['nothingToSay', 1],
  ['negative', 1],
]

const voting: readonly (Provider & { readonly nth: number })[] = voters
  .flatMap(([name, count]) =>
    Array.from({ length: count }, (_, nth) => ({ name, nth, key: `${name}${nth}` })),
  )
  .map(({ name, nth, key }, i) => ({
    address: addressOf(key),
    name,
    nth,
    isWeightless: name === 'honest' && i < 3,
    votes: i % 12 === 5 ? 'before' : i % 12 === 7 ? 'after' : 'always',
  }))

const strangers: readonly Provider[] = (
  ['honest', 'withholding', 'wrongRandom', 'stumbling'] as const
).map((name) => ({
  address: addressOf(`stranger-${name}`),
  name,
  isWeightless: false,
  votes: 'never',
}))

/** So many voters of each kind at the most, and nobody else, where a test is about no kind of them. */
export type Crowd = { readonly mostOfKind?: number }

function providersIn({ mostOfKind = Number.POSITIVE_INFINITY }: Crowd): readonly Provider[] {
  return [...voting.filter(({ nth }) => nth < mostOfKind), ...strangers]
}

/** The feeds that only voters without weight have a value for, and nobody. */
const weightlessFeed = 'F7'
const silentFeed = 'F4'

const feedsBefore = Array.from({ length: 12 }, (_, i) => feed(`F${i}`, i % 6))
const feedsAfter = [9, 4, 0, 7, 11, 2, 13, 1, 12].map((i) => feed(`F${i}`, (i % 7) - 1))

/** Made anew at each call, and the same each time. */
export function simulatedRounds(crowd: Crowd = {}): SimulatedRounds {
  const providers = providersIn(crowd)
  const policy = (phase: 'before' | 'after', weightOf: (provider: Provider) => bigint) =>
    policyOf(providers, phase, weightOf)
  const epochs: RewardEpoch[] = [
    {
      rewardEpochId: 416,
      startVotingRoundId: 1_397_760,
      beforeFip16: true,
      feeds: feedsBefore,
      voters: policy(
        'before',
        (provider) => 10n ** 24n + BigInt(seeded('wei', provider.address)) / 10n ** 50n,
      ),
    },
    {
      rewardEpochId: 417,
      startVotingRoundId: changeRound,
      beforeFip16: false,
      feeds: feedsAfter,
      voters: policy('after', (provider) =>
        BigInt(Math.ceil(chance('weight', provider.address) * 2_000)),
      ).toReversed(),
    },
  ]
  return { blocks: blocksOf(providers, epochs), epochs, firstRound, lastRound }
}

function policyOf(
  providers: readonly Provider[],
  phase: 'before' | 'after',
  weightOf: (provider: Provider) => bigint,
): Voter[] {
  return providers
    .filter(({ votes }) => votes === 'always' || votes === phase)
    .map((provider) => ({
      submitAddress: provider.address,
      weight: provider.isWeightless ? 0n : weightOf(provider),
    }))
}

/** A block for each second in which somebody calls; backwards, for nobody may rely on an order. */
function blocksOf(providers: readonly Provider[], epochs: readonly RewardEpoch[]): FullBlock[] {
  const { genesisSec } = networks.flare.schedule
  const bySecond = new Map<number, { readonly from: Address; readonly input: Hex }[]>()
  for (let round = firstRound; round <= lastRound; round += 1) {
    const feeds = rewardEpochAt(epochs, round)?.feeds ?? []
    for (const provider of providers) {
      const values = vectorOf(
        provider,
        round,
        feeds.map(({ id }) => id),
      )
      const turn = {
        address: provider.address,
        votingRoundId: round,
        values,
        feedCount: feeds.length,
      }
      for (const { atSec, calldata } of behaviours[provider.name](turn)) {
        const second = genesisSec + 90 * round + atSec
        const calls = bySecond.get(second) ?? []
        bySecond.set(second, [...calls, { from: provider.address, input: calldata }])
      }
    }
  }
  return [...bySecond]
    .toSorted(([one], [other]) => one - other)
    .map(([timestampSec, calls], number): FullBlock => ({
      number,
      timestampSec,
      transactions: [
        ...calls.map(
          (call, i) => ({ ...call, to: submissionAddress, transactionIndex: 2 * i }) as const,
        ),
        // The same bytes sent elsewhere, or to make a contract of them, say nothing.
        ...calls.map(({ input }, i) => ({
          from: addressOf('honest7'),
          to: i % 2 === 0 ? null : addressOf('a contract between'),
          input,
          transactionIndex: 2 * i + 1,
        })),
      ].toReversed(),
    }))
    .toReversed()
}

/** A price for most feeds, within some per cent of the others'; the empty ones at the end cut off. */
function vectorOf(provider: Provider, round: number, ids: readonly Hex[]): Hex {
  const slots = ids.map((id) => {
    if (id === idOf(silentFeed)) return 0
    if (id === idOf(weightlessFeed)) {
      if (!provider.isWeightless) return 0
    } else if (chance('empty', provider.address, round, id) < 0.05) return 0
    const price = 1_000 + chance('price', id, round) * 1e6
    return Math.round(price * (1 + 0.02 * chance('own', provider.address, round, id))) + 2 ** 31
  })
  const last = slots.findLastIndex((slot) => slot !== 0)
  return concatHex(
    slots.slice(0, Math.max(last + 1, 1)).map((slot) => numberToHex(slot, { size: 4 })),
  )
}

function feed(name: string, decimals: number) {
  return { id: idOf(name), decimals }
}

function idOf(name: string): `0x${string}` {
  return `0x01${Buffer.from(`${name}/USD`).toString('hex').padEnd(40, '0')}`
}

function addressOf(name: string): Address {
  return sliceHex(seeded('address', name), 0, 20)
}
