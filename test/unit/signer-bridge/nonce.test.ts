import { describe, expect, test } from 'vitest'
import { defaultFeePolicy, feesAt } from '../../../signer-bridge/fees.ts'
import {
  type AttemptFacts,
  attemptPlan,
  maySignBeyond,
  pendingNonces,
  type SentAttempt,
} from '../../../signer-bridge/nonce.ts'

const baseFeeWei = 500_000_000_000n
const fees = feesAt(baseFeeWei, defaultFeePolicy)

function anAttempt(differing: Partial<SentAttempt> = {}): SentAttempt {
  return { nonce: 7, fees, signedAtMs: 10_000, state: 'accepted', ...differing }
}

function plan(differing: Partial<AttemptFacts> = {}) {
  return attemptPlan({
    attempts: [],
    freeNonce: 7,
    baseFeeWei,
    policy: defaultFeePolicy,
    nowMs: 10_000,
    resendMs: 5_000,
    ...differing,
  })
}

describe('attemptPlan', () => {
  test('the first transaction takes the first free nonce', () => {
    expect(plan()).toEqual({ kind: 'sign', nonce: 7, fees })
  })

  test('an expired call of ours that waits at the nonce is outbid', () => {
    const outbid = plan({ offered: fees })
    expect(outbid).toMatchObject({ kind: 'sign', nonce: 7 })
    if (outbid.kind === 'sign') expect(outbid.fees.maxFeePerGas * 8n).toBe(fees.maxFeePerGas * 9n)
  })

  test.each([
    { name: 'just sent, it is waited for', nowMs: 14_999, kind: 'wait' },
    { name: 'exactly as old as allowed, it is replaced', nowMs: 15_000, kind: 'sign' },
    { name: 'after the clock has jumped back, it is replaced', nowMs: 9_999, kind: 'sign' },
  ])('$name', ({ nowMs, kind }) => {
    expect(plan({ attempts: [anAttempt()], offered: fees, nowMs }).kind).toBe(kind)
  })

  test('one that no node is known to have is sent again as it is', () => {
    const attempt = anAttempt({ state: 'signed' })
    expect(plan({ attempts: [attempt], offered: fees, nowMs: 11_000 })).toEqual({
      kind: 'repeat',
      attempt,
    })
  })

  test('one that paid too little is replaced at once', () => {
    const attempts = [anAttempt({ state: 'underpriced' })]
    expect(plan({ attempts, offered: fees, nowMs: 10_001 })).toMatchObject({
      kind: 'sign',
      nonce: 7,
    })
  })

  test('at the ceiling the last one is sent again, for ever the same', () => {
    const dear = { maxFeePerGas: defaultFeePolicy.ceilingWei, maxPriorityFeePerGas: 1n }
    const attempt = anAttempt({ fees: dear })
    expect(plan({ attempts: [attempt], offered: dear, nowMs: 60_000 })).toEqual({
      kind: 'repeat',
      attempt,
    })
  })

  test('when its nonce is used, its receipt is waited for, and then the next nonce is taken', () => {
    const attempts = [anAttempt()]
    expect(plan({ attempts, freeNonce: 8, nowMs: 11_000 }).kind).toBe('wait')
    expect(plan({ attempts, freeNonce: 8, nowMs: 16_000 })).toEqual({
      kind: 'sign',
      nonce: 8,
      fees,
    })
  })

  test('a node that is behind gets the last one once more, while that is young', () => {
    const attempt = anAttempt()
    expect(plan({ attempts: [attempt], freeNonce: 6, nowMs: 14_999 })).toEqual({
      kind: 'repeat',
      attempt,
    })
  })

  test('one above the free nonce is no longer waited for: the call takes the free one too', () => {
    const attempts = [anAttempt()]
    expect(plan({ attempts, freeNonce: 6, nowMs: 15_000 })).toEqual({
      kind: 'sign',
      nonce: 6,
      fees,
    })
  })
})

describe('a call that a node shows on chain at nonce 7', () => {
  test.each([
    { name: 'may be signed at one more', at: [7], nonce: 8, may: true },
    { name: 'and there again, with a higher fee', at: [7, 8], nonce: 8, may: true },
    { name: 'and not at a third', at: [7, 8], nonce: 9, may: false },
    { name: 'nor between', at: [7, 60], nonce: 8, may: false },
    { name: 'and always below', at: [7, 8], nonce: 6, may: true },
    { name: 'and where it is shown', at: [7, 8], nonce: 7, may: true },
  ])('$name', ({ at, nonce, may }) => {
    const attempts = at.map((one) => anAttempt({ nonce: one }))
    expect(maySignBeyond(attempts, nonce, 7)).toBe(may)
  })

  test('unless none does: then it may be signed at any', () => {
    const attempts = [7, 8, 9].map((nonce) => anAttempt({ nonce }))
    expect(maySignBeyond(attempts, 10, undefined)).toBe(true)
  })
})

describe('pendingNonces', () => {
  test.each([
    { pending: 5, ours: [], is: { kind: 'none' } },
    { pending: 4, ours: [], is: { kind: 'none' } },
    { pending: 7, ours: [5, 6], is: { kind: 'ours', count: 2 } },
    { pending: 7, ours: [5], is: { kind: 'foreign', nonces: [6] } },
  ])('$pending counted with those that wait, of them ours $ours', ({ pending, ours, is }) => {
    expect(pendingNonces(5, pending, new Set(ours))).toEqual(is)
  })
})
