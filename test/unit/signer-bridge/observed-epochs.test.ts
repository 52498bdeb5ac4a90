import { describe, expect, test } from 'vitest'
import type { EpochEvent } from '../../../signer-bridge/chain/reward-epochs.ts'
import { epochBook } from '../../../signer-bridge/observer/epoch-book.ts'
import { epochFactsOf } from '../../../signer-bridge/observer/epochs.ts'
import { networks } from '../../../src/protocol/networks.ts'
import type { RewardEpoch } from '../../../src/protocol/reward-epoch.ts'
import { encodeSigningPolicy, readSigningPolicy } from '../../../src/protocol/signing-policy.ts'
import { eventsOf } from '../../support/epoch-events.ts'

const address = (digit: string) => `0x${digit.repeat(40)}` as const

function anEpoch(rewardEpochId: number, beforeFip16 = false): RewardEpoch {
  return {
    rewardEpochId,
    startVotingRoundId: 10 * rewardEpochId,
    beforeFip16,
    feeds: [{ id: `0x01${'ab'.repeat(20)}`, decimals: 2 }],
    voters: ['a', 'b', 'c'].map((digit, i) => ({
      submitAddress: address(digit),
      weight: BigInt(i * 100),
    })),
  }
}

const former = eventsOf(anEpoch(451))
const present = eventsOf(anEpoch(452))
const events = [...former, ...present]
const policy = present.find((event) => event.kind === 'policy')
if (policy?.policyBytes === undefined) throw new Error('The epoch has a policy.')
const { policyBytes, ...startOnly } = policy

const without = (kind: EpochEvent['kind']) =>
  events.filter((event) => event.rewardEpochId !== 452 || event.kind !== kind)

describe('a reward epoch', () => {
  test('is put together out of everything that was said of it', () => {
    const facts = epochFactsOf(events, 4_520, 'flare')
    expect(facts).toMatchObject({
      kind: 'known',
      observed: { epoch: anEpoch(452), policyBytes, policy: { rewardEpochId: 452 } },
    })
    expect(epochFactsOf(events, 4_519, 'flare')).toMatchObject({
      observed: { epoch: anEpoch(451) },
    })
  })

  test.each([
    { name: 'a registration', known: without('voter') },
    { name: 'its offers', known: without('community-offer') },
    { name: 'the instant when offers end', known: without('random-acquisition') },
    {
      name: 'the bytes of its policy',
      known: [...without('policy'), startOnly],
    },
    {
      name: 'two submit addresses that differ',
      known: events.map((event) =>
        event.kind === 'voter' && event.submitAddress === address('b')
          ? { ...event, submitAddress: address('a') }
          : event,
      ),
    },
  ])('is none without $name, and never the one before instead', ({ known }) => {
    expect(epochFactsOf(known, 4_520, 'flare').kind).toBe('unknown')
  })

  test('of before FIP.16 is none without a capped delegation', () => {
    const old = eventsOf(anEpoch(416, true))
    expect(epochFactsOf(old, 4_160, 'flare')).toMatchObject({
      observed: { epoch: anEpoch(416, true) },
    })
    const weights = old.filter((event) => event.kind === 'voter-weight')
    expect(
      epochFactsOf(
        old.filter((event) => event !== weights[1]),
        4_160,
        'flare',
      ).kind,
    ).toBe('unknown')
  })

  test('that two generations of Relay tell of is what the later word says', () => {
    const read = readSigningPolicy(policyBytes)
    if (read === undefined) throw new Error('The policy can be read.')
    const later = encodeSigningPolicy({ ...read, threshold: 7 })
    const facts = epochFactsOf([...events, { ...policy, policyBytes: later }], 4_520, 'flare')
    expect(facts).toMatchObject({ observed: { policyBytes: later, policy: { threshold: 7 } } })
  })

  test('that two generations of VoterRegistry tell of is one list of voters', () => {
    const half = present.filter((event) => event.kind === 'voter').slice(0, 2)
    const facts = epochFactsOf([...events, ...half], 4_520, 'flare')
    expect(facts).toMatchObject({ observed: { epoch: anEpoch(452) } })
  })
})

test('an epoch stays the same object until something that counts is said of it', () => {
  const told: { events: readonly EpochEvent[] | undefined } = { events }
  const log: unknown[] = []
  const epochOf = epochBook({
    network: networks.flare,
    chain: { epochEventsFor: () => told.events },
    log: (event) => void log.push(event),
  })
  const first = epochOf(4_520)
  expect(first?.epoch.rewardEpochId).toBe(452)
  expect(epochOf(4_525)).toBe(first)

  // Of the epoch to come, which changes nothing for this one.
  told.events = [...events, ...eventsOf(anEpoch(453))]
  expect(epochOf(4_520)).toBe(first)
  expect(epochOf(4_530)?.epoch.rewardEpochId).toBe(453)

  told.events = [...without('policy'), { ...policy, startVotingRoundId: 4_521 }]
  expect(epochOf(4_520)?.epoch.rewardEpochId).toBe(451)

  told.events = undefined
  expect(epochOf(4_520)).toBeUndefined()
  expect(log).toEqual([])
})
