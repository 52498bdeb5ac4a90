import { parseGwei } from 'viem'
import { describe, expect, test } from 'vitest'
import { defaultFeePolicy } from '../../../signer-bridge/fees.ts'
import {
  discardText,
  openingText,
  sit,
  type SittingDeps,
  type SittingKind,
  sittingPlan,
} from '../../../signer-bridge/ledger/attended.ts'
import { LedgerError } from '../../../signer-bridge/ledger/ledger-error.ts'
import { attemptPlan } from '../../../signer-bridge/nonce.ts'
import type { SignedCall } from '../../../signer-bridge/signer.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { networks } from '../../../src/protocol/networks.ts'

const { schedule } = networks.flare
const votingRoundId = 1_000_000
const startMs = votingRoundStartMs(schedule, votingRoundId)
const baseFeeWei = parseGwei('25')
const plan = sittingPlan({
  schedule,
  votingRoundId,
  freeNonce: 7,
  baseFeeWei,
  policy: defaultFeePolicy,
})

const signedOf = (kind: SittingKind): SignedCall => ({
  raw: '0x02',
  txHash: kind === 'submit1' ? '0x01' : '0x02',
  signature: '0x',
})

/** A person who accepts, unless told otherwise; the diary has all that was shown and asked. */
function table(
  differing: Partial<SittingDeps> & { readonly refused?: SittingKind; readonly error?: Error } = {},
) {
  const diary: string[] = []
  const refusal = new LedgerError('ledger-refused', 'It was refused on the device.')
  const { refused, error = refusal, ...others } = differing
  const deps: SittingDeps = {
    sign: async (kind, { what, untilMs }) => {
      diary.push(`sign ${kind}: ${what}, until +${(untilMs - startMs) / 1_000}`)
      if (kind === refused) throw error
      return signedOf(kind)
    },
    maySend: () => true,
    show: (text) => diary.push(text),
    nowMs: () => startMs + 37_000,
    ...others,
  }
  return { deps, diary }
}

const signReveal = `sign submit2: 1 of 2, the reveal (submit2) of round ${votingRoundId}, until +84`
const signCommit = `sign submit1: 2 of 2, the commit (submit1) of round ${votingRoundId}, until +84`
const opening = openingText(plan, startMs + 37_000)

describe('sittingPlan', () => {
  test('the commit has the free nonce and the reveal the next, until the last second for a commit', () => {
    expect(plan.nonces).toEqual({ submit1: 7, submit2: 8 })
    expect(plan.untilMs).toBe(startMs + 84_000)
  })

  test('both fees are at their ceilings, with a tip for four times the base fee', () => {
    expect(plan.fees).toEqual({
      submit1: { maxFeePerGas: parseGwei('10000'), maxPriorityFeePerGas: parseGwei('200') },
      submit2: { maxFeePerGas: parseGwei('20000'), maxPriorityFeePerGas: parseGwei('200') },
    })
  })

  test('a tip is never above the fee', () => {
    const policy = { ...defaultFeePolicy, ceilingWei: parseGwei('300') }
    const { fees } = sittingPlan({ schedule, votingRoundId, freeNonce: 0, baseFeeWei, policy })
    expect(fees.submit1).toEqual({
      maxFeePerGas: parseGwei('150'),
      maxPriorityFeePerGas: parseGwei('150'),
    })
  })

  test.each(['accepted', 'signed'] as const)(
    'a held reveal that is %s is repeated as it is, whatever the base fee: nobody is asked again',
    (state) => {
      const held = { nonce: 8, fees: plan.fees.submit2, signedAtMs: 0, state }
      for (const baseFee of ['25', '25000']) {
        const facts = {
          attempts: [held],
          offered: held.fees,
          freeNonce: 8,
          baseFeeWei: parseGwei(baseFee),
          policy: defaultFeePolicy,
          nowMs: 60_000,
          resendMs: 5_000,
        }
        expect(attemptPlan(facts)).toEqual({ kind: 'repeat', attempt: held })
      }
    },
  )
})

describe('a sitting', () => {
  test('has the reveal signed before the commit, and hands over both', async () => {
    const { deps, diary } = table()
    expect(await sit(deps, plan)).toEqual({
      kind: 'held',
      signed: { submit1: signedOf('submit1'), submit2: signedOf('submit2') },
    })
    expect(diary).toEqual([opening, signReveal, signCommit])
  })

  test('a refused reveal discards both: the commit is not even asked for', async () => {
    const { deps, diary } = table({ refused: 'submit2' })
    expect(await sit(deps, plan)).toEqual({
      kind: 'discarded',
      during: 'submit2',
      reason: 'It was refused on the device.',
    })
    expect(diary).toEqual([opening, signReveal, discardText(plan, 'It was refused on the device.')])
  })

  test('a refused commit discards the reveal that was signed', async () => {
    const { deps, diary } = table({ refused: 'submit1' })
    expect(await sit(deps, plan)).toMatchObject({ kind: 'discarded', during: 'submit1' })
    expect(diary.at(-1)).toContain('nothing was sent for it')
  })

  test.each(['ledger-abandoned', 'ledger-lost', 'ledger-not-ready'] as const)(
    '%s discards both, too',
    async (code) => {
      const { deps } = table({ refused: 'submit2', error: new LedgerError(code, 'Why.') })
      expect(await sit(deps, plan)).toEqual({
        kind: 'discarded',
        during: 'submit2',
        reason: 'Why.',
      })
    },
  )

  test('is over when a commit no longer counts: before the first, between, and after the last', async () => {
    for (const [answers, asked] of [
      [[false], []],
      [[true, false], [signReveal]],
      [
        [true, true, false],
        [signReveal, signCommit],
      ],
    ] as const) {
      const left: boolean[] = [...answers]
      const { deps, diary } = table({ maySend: () => left.shift() ?? true })
      expect(await sit(deps, plan)).toMatchObject({ kind: 'discarded' })
      expect(diary.slice(1, -1)).toEqual(asked)
    }
  })

  test('a bug is not a refusal', async () => {
    const { deps } = table({ refused: 'submit2', error: new TypeError('bug') })
    await expect(sit(deps, plan)).rejects.toThrow(TypeError)
  })
})

test('a person reads how many, by when, and what a refusal means', () => {
  expect(opening).toMatch(
    /^Round 1000000: two transactions to accept on the Ledger by \d\d:\d\d:24, in 47 s\.\n/,
  )
  expect(opening).toContain('neither is sent')
  expect(discardText(plan, 'Why.')).toBe(
    'Round 1000000 is left out, and nothing was sent for it. Why. It is a missed round, not an owed reveal: there is no penalty beyond its reward.',
  )
})
