import { describe, expect, test } from 'vitest'
import type { RootRow } from '../../../signer-bridge/journal/roots.ts'
import {
  type RelayFacts,
  relayGasLimit,
  relayStepAt,
  thresholdFor,
} from '../../../signer-bridge/relay/relay-plan.ts'
import { collected, signaturesIn } from '../../../signer-bridge/relay/relay-signatures.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { networks } from '../../../src/protocol/networks.ts'
import type { Signature } from '../../../src/protocol/signatures.ts'
import { aPeerCall, aResult } from '../../support/observed-rounds.ts'
import { addressOf, aPolicy, signed, withHighS } from '../../support/policy-signers.ts'

const { schedule, chainId } = networks.flare
const round = 1_000
const { message } = aResult(round)
const nextMs = votingRoundStartMs(schedule, round + 1)
const signature: Signature = { v: 27, r: `0x${'1'.repeat(64)}`, s: `0x${'1'.repeat(64)}` }

const root: RootRow = {
  protocolId: 100,
  votingRoundId: round,
  rewardEpochId: 309,
  signer: addressOf(1),
  sender: addressOf(101),
  message,
  signed: { form: 'chain-bound', signature },
}

function facts(differing: Partial<RelayFacts> = {}): RelayFacts {
  return {
    votingRoundId: round,
    // Whoever is the only voter of weight is drawn.
    policy: aPolicy([1_000, 0]),
    root,
    isFinalised: false,
    nowMs: nextMs + 46_000,
    ...differing,
  }
}

describe('relayStepAt', () => {
  test('relays what we signed, when we are drawn', () => {
    expect(relayStepAt(schedule, facts())).toMatchObject({ kind: 'relay', root })
  })

  test('from the reveal deadline on, and for 20 seconds', () => {
    const at = (second: number) => relayStepAt(schedule, facts({ nowMs: nextMs + second * 1_000 }))
    expect(at(44.999)).toEqual({ kind: 'rest', reason: 'not-time' })
    expect(at(45).kind).toBe('relay')
    expect(at(64.999).kind).toBe('relay')
    expect(at(65)).toEqual({ kind: 'rest', reason: 'not-time' })
  })

  test.each([
    { reason: 'finalised', differing: { isFinalised: true } },
    { reason: 'not-drawn', differing: { policy: aPolicy([0, 1_000]) } },
    { reason: 'not-signed', differing: { root: { ...root, refusedAs: 'root-conflict' } } },
  ])('does not where the round is $reason', ({ reason, differing }) => {
    expect(relayStepAt(schedule, facts(differing))).toEqual({ kind: 'rest', reason })
  })

  test('does not before we have signed, or while the policy is not known', () => {
    const { signed: _, ...unsigned } = root
    const { policy: __, ...unknown } = facts()
    for (const given of [facts({ root: unsigned }), unknown]) {
      expect(relayStepAt(schedule, given)).toEqual({ kind: 'rest', reason: 'not-signed' })
    }
  })
})

test('a round that should belong to a later reward epoch asks for 1.2 times the weight', () => {
  const policy = { ...aPolicy([60, 41]), rewardEpochId: 0 }
  expect(policy.threshold).toBe(51)
  expect(thresholdFor(schedule, policy, 3_359)).toBe(51)
  expect(thresholdFor(schedule, policy, 3_360)).toBe(61)
})

test('the limit of gas grows with what is relayed', () => {
  expect(relayGasLimit(0, 0)).toBe(300_000n)
  expect(relayGasLimit(4_000, 25)).toBe(564_000n)
})

describe('collected', () => {
  const form = 'chain-bound'
  const sign = (key: number) => signed(key, message, { form, chainId })
  const collect = (signatures: readonly Signature[], threshold = 30) =>
    collected({
      policy: aPolicy([10, 20, 30, 0]),
      message,
      form,
      chainId,
      threshold,
      signatures,
    })

  test('takes the first that are more than the threshold, each with its place', async () => {
    const [one, two, three] = [await sign(1), await sign(3), await sign(2)]
    expect(await collect([one, two, three])).toEqual({
      isEnough: true,
      weight: 40,
      signatures: [
        { index: 0, signature: one },
        { index: 2, signature: two },
      ],
    })
  })

  test('exactly the threshold is not enough', async () => {
    expect(await collect([await sign(3)])).toMatchObject({ isEnough: false, weight: 30 })
    expect(await collect([await sign(3)], 29)).toMatchObject({ isEnough: true })
  })

  test('a voter counts once, and neither strangers nor weightless ones count', async () => {
    const mine = await sign(1)
    const elsewhere = await signed(2, message, { form, chainId: 19 })
    const all = [mine, withHighS(mine), await sign(4), await sign(77), elsewhere]
    expect(await collect(all)).toMatchObject({
      weight: 10,
      signatures: [{ index: 0, signature: mine }],
    })
  })

  test('a high s is made low, for one that is not reverts the whole call', async () => {
    const mine = await sign(1)
    expect(await collect([withHighS(mine)])).toMatchObject({
      signatures: [{ index: 0, signature: mine }],
    })
  })
})

test('voters’ own senders are heard first, and payloads that name another message not at all', async () => {
  const how = { form: 'legacy', chainId } as const
  const stranger = await aPeerCall(2, message, { ...how, sender: addressOf(999) })
  const voter = await aPeerCall(1, message, { ...how, type: 0 })
  const other = await aPeerCall(3, aResult(round, 9).message, { ...how, type: 0 })
  const found = signaturesIn([stranger, other, voter], message, new Set([addressOf(101)]))
  expect(found).toEqual([await signed(1, message), await signed(2, message)])
})
