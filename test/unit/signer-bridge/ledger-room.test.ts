import { parseGwei } from 'viem'
import { describe, expect, test } from 'vitest'
import type { OwnCall } from '../../../signer-bridge/call.ts'
import { commitPolicy, defaultFeePolicy } from '../../../signer-bridge/fees.ts'
import type { CallStatus } from '../../../signer-bridge/journal/calls.ts'
import { sittingPlan } from '../../../signer-bridge/ledger/attended.ts'
import { isKeptBack, offeredAt, roomRefusal } from '../../../signer-bridge/ledger/sitting-room.ts'
import type { SentAttempt } from '../../../signer-bridge/nonce.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { account } from '../../support/bridge-world.ts'

const hourMs = 3_600_000
const baseFeeWei = parseGwei('500')
const policy = commitPolicy(defaultFeePolicy)

function anAttempt(differing: Partial<SentAttempt> = {}): SentAttempt {
  const fees = { maxFeePerGas: parseGwei('3000'), maxPriorityFeePerGas: parseGwei('1000') }
  return { nonce: 7, fees, signedAtMs: 0, state: 'accepted', ...differing }
}

const dearest = { maxFeePerGas: policy.ceilingWei, maxPriorityFeePerGas: parseGwei('4000') }

/** With nonce 7 free and all that was sent before waiting there. */
function refusalOf(older: readonly SentAttempt[], { pendingCount = 8, nowMs = 90_000 } = {}) {
  return roomRefusal({ freeNonce: 7, pendingCount, older, policy, baseFeeWei, nowMs })
}

describe('a sitting has room', () => {
  test.each([
    ['where nothing waits', []],
    ['where what waits at the free nonce can be outbid', [anAttempt()]],
    [
      'where no node has taken what was signed for the next',
      [anAttempt({ nonce: 8, state: 'signed' })],
    ],
  ])('%s', (_, older) => {
    expect(refusalOf(older)).toBeUndefined()
  })

  test('where nodes have nothing of what was offered: it may be sent at the same fee', () => {
    expect(refusalOf([anAttempt({ fees: dearest })], { pendingCount: 7 })).toBeUndefined()
  })

  test('once nodes have forgotten what waited behind a gap', () => {
    const older = [anAttempt({ nonce: 8 })]
    expect(refusalOf(older, { nowMs: 3 * hourMs })).toBeUndefined()
    expect(refusalOf(older, { nowMs: 3 * hourMs - 1 })).toBeDefined()
  })
})

describe('no sitting is held', () => {
  test('where an older transaction would take the nonce of the reveal', () => {
    expect(refusalOf([anAttempt({ nonce: 8 })])).toMatch(/waits with nonce 8, which the reveal/)
    expect(refusalOf([anAttempt({ nonce: 11 })])).toMatch(/nonce 11/)
  })

  test('where what waits at the free nonce is too dear for a commit', () => {
    expect(refusalOf([anAttempt({ fees: dearest })])).toMatch(/nonce 7, and a commit may not/)
  })
})

test('of transactions at a nonce the highest of each part was offered', () => {
  const other = { maxFeePerGas: parseGwei('2000'), maxPriorityFeePerGas: parseGwei('1500') }
  const all = [anAttempt(), anAttempt({ fees: other }), anAttempt({ nonce: 8, fees: dearest })]
  expect(offeredAt(all, 7)).toEqual({
    maxFeePerGas: parseGwei('3000'),
    maxPriorityFeePerGas: parseGwei('1500'),
  })
  expect(offeredAt(all, 9)).toBeUndefined()
})

test('a commit is signed with a tip that replaces what waits at its nonce, within its fee', () => {
  const facts = { schedule: networks.flare.schedule, votingRoundId: 1_000, freeNonce: 7 }
  const of = (tip: string) => {
    const offered = { maxFeePerGas: parseGwei('3000'), maxPriorityFeePerGas: parseGwei(tip) }
    return sittingPlan({ ...facts, baseFeeWei: parseGwei('25'), policy: defaultFeePolicy, offered })
  }
  expect(of('4000').fees.submit1.maxPriorityFeePerGas).toBe(parseGwei('4500'))
  expect(of('9000').fees.submit1).toEqual({
    maxFeePerGas: parseGwei('10000'),
    maxPriorityFeePerGas: parseGwei('10000'),
  })
  // A tip that is higher already stays, and the reveal has a nonce of its own.
  expect(of('10').fees.submit1.maxPriorityFeePerGas).toBe(parseGwei('200'))
  expect(of('4000').fees.submit2.maxPriorityFeePerGas).toBe(parseGwei('200'))
})

describe('a reveal that was signed beforehand', () => {
  const reveal: OwnCall = {
    votingRoundId: 7,
    kind: 'submit2',
    part: 'main',
    signer: account.address,
  }
  const of = (status: CallStatus) => ({ statusOf: () => status })

  test('is kept back while the nonce of its commit is not used', () => {
    expect(isKeptBack(of('planned'), reveal, 8, 7)).toBe(true)
    expect(isKeptBack(of('missed'), reveal, 8, 7)).toBe(true)
  })

  test.each([
    ['its nonce is reached', of('planned'), 8],
    ['its commit was seen on chain', of('confirmed'), 7],
  ])('goes out where %s', (_, journal, freeNonce) => {
    expect(isKeptBack(journal, reveal, 8, freeNonce)).toBe(false)
  })

  test('is the only call that is kept back', () => {
    expect(isKeptBack(of('planned'), { ...reveal, kind: 'submitSignatures' }, 8, 7)).toBe(false)
  })
})
