/** Two claims about the next nonce, of which nobody can say which is true: each has its turn. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { belief } from '../../../signer-bridge/chain/belief.ts'
import { latestCounts, usedNonces } from '../../../signer-bridge/chain/counts.ts'
import { nodesOf } from '../../../signer-bridge/chain/nodes.ts'
import { sendTo } from '../../../signer-bridge/chain/send.ts'
import { defaultFeePolicy } from '../../../signer-bridge/fees.ts'
import { attemptPlan, type SentAttempt } from '../../../signer-bridge/nonce.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { addressOf, ToldChain } from '../../support/told-chain.ts'

const { chainId, schedule } = networks.flare

async function countsOf(told: readonly { readonly count: number; readonly height?: number }[]) {
  const models = told.map(({ count, height = 120 }) => {
    const model = new ToldChain(chainId, schedule, Math.floor(Date.now() / 1_000) - 120)
    model.counts = count
    model.height = height
    return model
  })
  const nodes = nodesOf(models.map((model) => model.port()))
  return await latestCounts(
    nodes,
    belief(() => undefined, schedule),
    addressOf('1'),
  )
}

describe('of counts that differ', () => {
  test.each([
    { name: 'of two nodes both are heard', told: [10, 60], is: [10, 60] },
    { name: 'the highest of three is outvoted', told: [10, 60, 10], is: [10, 10] },
    { name: 'the lowest of three is tried first', told: [9, 10, 10], is: [9, 10] },
    { name: 'that of the only node stands', told: [7], is: [7, 7] },
  ])('$name', async ({ told, is: [current, highest] }) => {
    expect(await countsOf(told.map((count) => ({ count })))).toEqual({ current, highest })
  })

  test('a node that is behind outvotes none', async () => {
    const told = [{ count: 4, height: 90 }, { count: 60 }, { count: 10 }]
    expect(await countsOf(told)).toEqual({ current: 10, highest: 60 })
  })
})

describe('a transaction that one node took', () => {
  const refusing = (shortMessage: string) => {
    const model = new ToldChain(chainId, schedule)
    const sendRawTransaction = async () => {
      throw Object.assign(new Error(), { shortMessage, code: -32_000 })
    }
    return Object.assign(model.port(), { sendRawTransaction })
  }

  test.each([
    ['nonce too low', true],
    ['transaction underpriced', false],
    ['no room', false],
  ])('is taken, though another says %s', async (said, isCalledUsed) => {
    const taking = new ToldChain(chainId, schedule).port()
    const sending = await sendTo(nodesOf([refusing(said), taking]), '0x')
    expect(sending).toEqual({ outcome: { kind: 'accepted' }, isCalledUsed, isTaken: true })
  })

  test('as one that waits for a higher fee has, is not only called used', async () => {
    const nodes = nodesOf([refusing('nonce too low'), refusing('transaction underpriced')])
    expect(await sendTo(nodes, '0x')).toEqual({
      outcome: { kind: 'nonce-used' },
      isCalledUsed: true,
      isTaken: true,
    })
  })
})

describe('a nonce that is called used', () => {
  function someWords() {
    let atMs = 50_000
    const used = usedNonces(() => atMs)
    return { ...used, after: (ms: number) => void (atMs += ms) }
  }
  const told = { current: 10, highest: 60 }

  test('is heard for one turn, and then not for another, however often it is said', () => {
    const { note, firstFree, after } = someWords()
    const tried: number[] = []
    for (let sec = 0; sec < 40; sec += 1) {
      note(10, { isTaken: true })
      tried.push(firstFree(told))
      after(1_000)
    }
    const turn = (nonce: number) => Array.from({ length: 10 }, () => nonce)
    expect(tried).toEqual([...turn(60), ...turn(10), ...turn(60), ...turn(10)])
  })

  test('though another node took the call, is free until somebody counts it', () => {
    const { note, firstFree } = someWords()
    note(10, { isTaken: true })
    expect(firstFree({ current: 10, highest: 10 })).toBe(10)
    expect(firstFree({ current: 10, highest: 11 })).toBe(11)
  })

  test('and that no node took, is used, whoever counts it', () => {
    const { note, firstFree } = someWords()
    note(10, { isTaken: false })
    expect(firstFree({ current: 10, highest: 10 })).toBe(11)
    expect(firstFree({ current: 8, highest: 8 })).toBe(10)
  })

  test('and that all count by now, says nothing more', () => {
    const { note, firstFree } = someWords()
    note(10, { isTaken: false })
    expect(firstFree({ current: 11, highest: 12 })).toBe(11)
  })
})

type Liar = {
  /** How many calls too many, or too few, it counts. */
  readonly off: number
  readonly says: 'used' | 'taken' | 'underpriced' | 'nothing'
}

/**
 * A commit and its reveal, where an honest node includes what it is handed after `includeMs` and every
 * receipt is denied by the other one: which of them land.
 *
 * @param losesCommit Whether the honest node takes the commit and forgets it.
 */
function roundWith({ off, says }: Liar, includeMs: number, losesCommit = false) {
  let atMs = 0
  const used = usedNonces(() => atMs)
  const pool = new Map<number, { readonly call: string; readonly atMs: number }>()
  const landed: string[] = []
  let count = 100
  const mine = () => {
    for (let next = pool.get(count); next !== undefined; next = pool.get(count)) {
      if (atMs < next.atMs + includeMs) return
      landed.push(next.call)
      count += 1
    }
  }
  const isPolite = says === 'taken' || says === 'underpriced'
  /** Whether the nodes' answers add up to its being taken. */
  const sent = (call: string, nonce: number): boolean => {
    const isFree = nonce >= count
    const isLost = losesCommit && call === 'commit'
    if (isFree && !isLost && !pool.has(nonce)) pool.set(nonce, { call, atMs })
    if (!isFree || says === 'used') used.note(nonce, { isTaken: isFree || isPolite })
    return isFree || says === 'taken'
  }
  const windows = { commit: [76_000, 84_000], reveal: [100_000, 135_000] } as const
  for (const [call, [fromMs, untilMs]] of Object.entries(windows)) {
    const attempts: SentAttempt[] = []
    for (atMs = fromMs; atMs < untilMs; atMs += 500) {
      mine()
      const counts = {
        current: Math.min(count, count + off),
        highest: Math.max(count, count + off),
      }
      const plan = planOf(attempts, used.firstFree(counts), atMs)
      if (plan.kind === 'wait') continue
      const { nonce, fees } = plan.kind === 'sign' ? plan : plan.attempt
      const state = sent(call, nonce) ? 'accepted' : 'signed'
      if (plan.kind === 'sign') attempts.push({ nonce, fees, signedAtMs: atMs, state })
    }
    mine()
  }
  return landed
}

function planOf(attempts: readonly SentAttempt[], freeNonce: number, nowMs: number) {
  const offered = attempts.findLast(({ nonce }) => nonce === freeNonce)?.fees
  return attemptPlan({
    attempts,
    freeNonce,
    ...(offered !== undefined && { offered }),
    baseFeeWei: 500_000_000_000n,
    policy: defaultFeePolicy,
    nowMs,
    resendMs: 5_000,
  })
}

describe('with one honest node of two', () => {
  test('a liar that counts fifty too many and calls every nonce used loses no reveal', () => {
    for (const includeMs of [2_000, 5_500, 8_000, 12_000]) {
      expect(roundWith({ off: 50, says: 'used' }, includeMs)).toContain('reveal')
    }
  })

  test('no liar loses one, whatever it counts and says', () => {
    const liars = fc.record({
      off: fc.integer({ min: -60, max: 60 }),
      says: fc.constantFrom('used', 'taken', 'underpriced', 'nothing'),
    })
    const includesMs = fc.integer({ min: 1_000, max: 12_000 })
    fc.assert(
      fc.property(liars, includesMs, fc.boolean(), (liar, includeMs, losesCommit) => {
        expect(roundWith(liar, includeMs, losesCommit)).toContain('reveal')
      }),
      { numRuns: 500 },
    )
  })
})
