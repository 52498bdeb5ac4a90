import { parseEther, parseGwei } from 'viem'
import { expect, test } from 'vitest'
import { clockCheck } from '../../../signer-bridge/clock.ts'
import { defaultFeePolicy } from '../../../signer-bridge/fees.ts'
import { commitRefusal, type Preflight } from '../../../signer-bridge/preflight.ts'

const head = { number: 1, timestampSec: 1, baseFeeWei: parseGwei('500') }

const ordinary = { commit: 100_000n, reveal: 100_000n, late: 0n, signatures: 0n }

function facts(differing: Partial<Preflight> = {}): Preflight {
  return {
    isClockTrusted: true,
    head,
    sinceHeadMs: 500,
    maxHeadAgeMs: 15_000,
    votingRoundId: 1_000,
    minRound: 0,
    isArmed: true,
    balanceWei: parseEther('10'),
    feePolicy: defaultFeePolicy,
    gas: ordinary,
    spentWei: parseEther('90'),
    dailyBudgetWei: parseEther('100'),
    hasLease: true,
    ...differing,
  }
}

test('nothing stands against a commit when all is well', () => {
  expect(commitRefusal(facts())).toBeUndefined()
  expect(commitRefusal(facts({ sinceHeadMs: 15_000, balanceWei: parseEther('3') }))).toBeUndefined()
  expect(commitRefusal(facts({ minRound: 1_000, spentWei: parseEther('97') }))).toBeUndefined()
  const gas = { ...ordinary, late: 100_000n, signatures: 100_000n }
  const exactly = { balanceWei: parseEther('3.5'), spentWei: parseEther('94.5') }
  expect(commitRefusal(facts({ gas, ...exactly }))).toBeUndefined()
  expect(commitRefusal(facts({ head: { ...head, apartMs: 15_000 } }))).toBeUndefined()
  const signing = { ...ordinary, signatures: 100_000n }
  const root = { balanceWei: parseEther('2') }
  expect(commitRefusal(facts({ gas: signing, root }))).toBeUndefined()
})

test.each([
  { differing: { sinceHeadMs: 15_001 }, says: /^No block has been seen for 15 s/ },
  { differing: { isClockTrusted: false, driftMs: 2_700 }, says: /2700 ms ahead/ },
  { differing: { head: { ...head, apartMs: 15_001 } }, says: /^The nodes are 15 s apart/ },
  { differing: { hasLease: false }, says: /lease/ },
  {
    differing: { head: { ...head, baseFeeWei: parseGwei('2000') } },
    says: /base fee of 2000 gwei/,
  },
  { differing: { balanceWei: parseEther('2.999') }, says: /balance of 2.999 does not cover/ },
  { differing: { balanceWei: undefined }, says: /balance .* not known/ },
  { differing: { isArmed: false }, says: /^What our keys have said lately is not known/ },
  { differing: { minRound: 1_001 }, says: /^Rounds before 1001 are let go by/ },
  { differing: { spentWei: parseEther('97.001') }, says: /budget of 100 .* a round may need 3\./ },
  {
    differing: { gas: { ...ordinary, late: 100_000n }, balanceWei: parseEther('3.499') },
    says: /3\.499 does not cover commit and reveal .* with what companions may add, 3\.5\.$/,
  },
  {
    differing: { gas: { ...ordinary, signatures: 100_000n }, spentWei: parseEther('95.001') },
    says: /budget of 100 .* a round may need 5\./,
  },
  {
    differing: { root: { balanceWei: undefined } },
    says: /balance of the submitSignatures address is not known/,
  },
  {
    differing: {
      gas: { ...ordinary, signatures: 100_000n },
      root: { balanceWei: parseEther('1.999') },
    },
    says: /1\.999 of the submitSignatures address does not cover .* at the ceiling, 2\.$/,
  },
  {
    differing: { root: { balanceWei: parseEther('2'), refusal: 'A key of the root rests.' } },
    says: /^A key of the root rests\.$/,
  },
])('refuses: $says', ({ differing, says }) => {
  expect(commitRefusal(facts(differing))).toMatch(says)
})

test.each([
  { leadMs: 0, isTrusted: true },
  { leadMs: 3_500, isTrusted: true },
  { leadMs: 3_501, isTrusted: false },
  { leadMs: -2_000, isTrusted: true },
  { leadMs: -2_001, isTrusted: false },
])('a clock $leadMs ms ahead of a stamp is trusted: $isTrusted', ({ leadMs, isTrusted }) => {
  const clock = clockCheck()
  clock.note(1_000, 1_000_000 + leadMs)
  expect(clock.isTrusted()).toBe(isTrusted)
})

test('one old block says nothing against a clock that younger ones agree with, for a while', () => {
  const clock = clockCheck()
  clock.note(1_000, 1_000_500)
  clock.note(1_002, 1_009_000)
  expect(clock.isTrusted()).toBe(true)
  for (let i = 0; i < 7; i += 1) clock.note(1_010 + i, 1_020_000 + i * 1_000)
  expect(clock.isTrusted()).toBe(false)
})

test('without a block no clock is trusted', () => {
  expect(clockCheck().isTrusted()).toBe(false)
})
