import type { Hex } from 'viem'
import { describe, expect, test } from 'vitest'
import { type RootFacts, rootStepAt, rootWindowOf } from '../../../signer-bridge/roots/root-plan.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { anEpoch, aResult, sendingKey } from '../../support/observed-rounds.ts'
import { addressOf } from '../../support/policy-signers.ts'

const { schedule } = networks.flare
const round = 1_000
const window = rootWindowOf(schedule, round)
const result = aResult(round)
const other: Hex = aResult(round, 124).message

/** Our keys are those of the first voter. */
const keys = {
  signingPolicyAddress: addressOf(1),
  submitSignaturesAddress: addressOf(sendingKey(1)),
}

/** A round that is read, ours to sign, and not signed yet. */
function facts(differing: Partial<RootFacts> = {}): RootFacts {
  return {
    outcome: result,
    epoch: anEpoch([10, 20]),
    keys,
    isCallSettled: false,
    ...differing,
  }
}

/** Everything of the facts but some. */
function without(...names: readonly (keyof RootFacts)[]): RootFacts {
  const kept = Object.entries(facts()).filter(([name]) => !names.some((gone) => gone === name))
  return { outcome: result, isCallSettled: false, ...Object.fromEntries(kept) }
}

const inGrace = window.opensMs + 1_000
const afterGrace = window.graceEndMs

describe('rootWindowOf', () => {
  test('opens at the reveal deadline, and closes with the round after', () => {
    const nextMs = votingRoundStartMs(schedule, round + 1)
    expect(window).toEqual({
      opensMs: nextMs + 45_000,
      graceEndMs: nextMs + 60_000,
      closesMs: nextMs + 90_000,
    })
  })
})

describe('rootStepAt', () => {
  test('a result that is ours to sign is signed', () => {
    expect(rootStepAt(window, facts(), inGrace)).toEqual({
      kind: 'sign',
      message: result.message,
    })
  })

  test('a result of one node waits for another to confirm it, while there is time to land', () => {
    const awaited = facts({ confirmation: 'awaited' })
    const third = window.graceEndMs - 5_000
    expect(rootStepAt(window, awaited, third - 1)).toEqual({
      kind: 'wait',
      reason: 'blocks-unconfirmed',
    })
    const step = { kind: 'sign', message: result.message, isUnconfirmed: true }
    expect(rootStepAt(window, awaited, third)).toEqual(step)
    expect(rootStepAt(window, facts({ confirmation: 'confirmed' }), inGrace)).toEqual({
      kind: 'sign',
      message: result.message,
    })
  })

  test('a result that nodes differ about is not signed at any time, also if it is bound', () => {
    const root = { kind: 'bound', message: result.message } as const
    for (const nowMs of [inGrace, afterGrace, window.closesMs - 1]) {
      const step = rootStepAt(window, facts({ confirmation: 'contradicted', root }), nowMs)
      expect(step).toEqual({ kind: 'wait', reason: 'blocks-contradicted' })
    }
  })

  test('what is signed is sent, whatever nodes say later', () => {
    const root = { kind: 'signed', message: result.message } as const
    const signed = facts({ confirmation: 'contradicted', root })
    expect(rootStepAt(window, signed, inGrace).kind).toBe('send')
  })

  test('a millisecond before the reveal deadline nothing is done, at it all', () => {
    expect(rootStepAt(window, facts(), window.opensMs - 1)).toEqual({
      kind: 'wait',
      reason: 'window-not-open',
    })
    expect(rootStepAt(window, facts(), window.opensMs).kind).toBe('sign')
  })

  test('at the end of the next round nothing is signed or sent any more', () => {
    const signed = facts({ root: { kind: 'signed', message: result.message } })
    expect(rootStepAt(window, facts(), window.closesMs - 1).kind).toBe('sign')
    expect(rootStepAt(window, signed, window.closesMs - 1).kind).toBe('send')
    for (const each of [facts(), signed]) {
      expect(rootStepAt(window, each, window.closesMs)).toEqual({
        kind: 'done',
        reason: 'window-over',
      })
    }
  })

  test.each([
    { reason: 'round-not-read', given: facts({ outcome: { kind: 'not-yet' } }) },
    {
      reason: 'earlier-rounds-not-read',
      given: facts({
        outcome: { kind: 'incomplete', isRewardEpochMissing: false, missingRounds: [999] },
      }),
    },
    { reason: 'reward-epoch-not-known', given: without('epoch') },
  ])('waits: $reason', ({ reason, given }) => {
    expect(rootStepAt(window, given, inGrace)).toEqual({ kind: 'wait', reason })
  })

  test.each([
    { reason: 'no-keys', given: without('keys') },
    {
      reason: 'not-a-voter',
      given: facts({ keys: { ...keys, signingPolicyAddress: addressOf(77) } }),
    },
    {
      reason: 'sender-not-registered',
      given: facts({ keys: { ...keys, submitSignaturesAddress: addressOf(sendingKey(2)) } }),
    },
    {
      reason: 'no-result',
      given: facts({ outcome: { kind: 'no-result', reason: 'no-valid-reveal' } }),
    },
    { reason: 'finalised-otherwise', given: facts({ finalisedMessage: other }) },
    {
      reason: 'finalised-otherwise',
      given: facts({
        finalisedMessage: other,
        root: { kind: 'signed', message: result.message },
      }),
    },
    {
      reason: 'no-keys',
      given: { ...without('keys'), root: { kind: 'signed', message: result.message } as const },
    },
    ...(['reserved-by-another', 'root-conflict', 'signing-denied'] as const).map((reason) => ({
      reason,
      given: facts({ root: { kind: 'refused', message: result.message, reason } }),
    })),
  ])('refuses: $reason', ({ reason, given }) => {
    expect(rootStepAt(window, given, inGrace)).toEqual({ kind: 'refuse', reason })
  })

  test('what is known of our keys comes before what is not known of the round', () => {
    const given = facts({
      outcome: { kind: 'not-yet' },
      keys: { ...keys, signingPolicyAddress: addressOf(77) },
    })
    expect(rootStepAt(window, given, inGrace)).toEqual({ kind: 'refuse', reason: 'not-a-voter' })
  })

  test('a root that is bound and not signed is signed, if it still is the result', () => {
    const root = { kind: 'bound', message: result.message } as const
    expect(rootStepAt(window, facts({ root }), inGrace).kind).toBe('sign')
  })

  test('a signed root is sent, even if nothing of the round is known any more', () => {
    const root = { kind: 'signed', message: result.message } as const
    const given = { ...without('epoch'), root, outcome: { kind: 'not-yet' } as const }
    expect(rootStepAt(window, given, inGrace)).toEqual({ kind: 'send' })
  })

  test.each(['bound', 'signed'] as const)(
    'another result than the one that is %s is a conflict',
    (kind) => {
      const given = facts({ root: { kind, message: other } })
      expect(rootStepAt(window, given, inGrace)).toEqual({
        kind: 'conflict',
        bound: other,
        message: result.message,
      })
    },
  )

  test('a call whose end is known is left alone', () => {
    const root = { kind: 'signed', message: result.message } as const
    expect(rootStepAt(window, facts({ root, isCallSettled: true }), inGrace)).toEqual({
      kind: 'done',
      reason: 'call-settled',
    })
  })

  test.each([undefined, 'bound', 'signed'] as const)(
    'finalised first: after the grace period nothing is signed or sent (%s)',
    (kind) => {
      const root = kind === undefined ? {} : { root: { kind, message: result.message } }
      const given = facts({ finalisedMessage: result.message, ...root })
      expect(rootStepAt(window, given, afterGrace)).toEqual({
        kind: 'done',
        reason: 'finalised-first',
      })
      // A millisecond earlier a signature is rewarded whatever was relayed.
      expect(rootStepAt(window, given, afterGrace - 1).kind).toBe(
        kind === 'signed' ? 'send' : 'sign',
      )
    },
  )

  test('after the grace period it goes on until something is final', () => {
    expect(rootStepAt(window, facts(), afterGrace).kind).toBe('sign')
  })
})
