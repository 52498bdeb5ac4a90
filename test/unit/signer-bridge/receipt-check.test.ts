import { expect, test } from 'vitest'
import type { Receipt } from '../../../signer-bridge/chain/chain.ts'
import type { CallName } from '../../../signer-bridge/call.ts'
import { canBeOf } from '../../../signer-bridge/receipt-check.ts'
import { windowOf } from '../../../signer-bridge/windows.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { networks } from '../../../src/protocol/networks.ts'

const { schedule } = networks.flare
const nextSec = votingRoundStartMs(schedule, 1_001) / 1_000

const attempt = {
  txHash: '0x01',
  gas: 50_000n,
  fees: { maxFeePerGas: 10n, maxPriorityFeePerGas: 1n },
  votingRoundId: 1_000,
  kind: 'submit2',
} as const

function canBe(differing: Partial<Receipt> = {}, kind: CallName['kind'] = 'submit2'): boolean {
  const receipt: Receipt = {
    txHash: '0x01',
    blockNumber: 1,
    timestampSec: nextSec,
    gasUsed: 50_000,
    feeWei: 500_000n,
    hasReverted: false,
    ...differing,
  }
  return canBeOf({ ...attempt, kind }, receipt, schedule)
}

test('a receipt at the limits of what was signed, in the first block of the window, can be', () => {
  expect(canBe()).toBe(true)
  // That it is late is for the window to say.
  expect(canBe({ timestampSec: nextSec + 3_600 })).toBe(true)
})

test('signatures that landed a moment early can be: they are there, and do not count', () => {
  const { fromMs } = windowOf(schedule, { ...attempt, kind: 'submitSignatures' })
  expect(canBe({ timestampSec: fromMs / 1_000 - 1 }, 'submitSignatures')).toBe(true)
})

test.each<[string, Partial<Receipt>]>([
  ['more gas than the limit', { gasUsed: 50_001 }],
  ['no gas at all', { gasUsed: 0, feeWei: 0n }],
  ['gas that is no number', { gasUsed: Number.NaN }],
  ['a fee above the cap', { feeWei: 500_001n }],
  ['a fee below zero', { feeWei: -1n }],
  ['a block before the window', { timestampSec: nextSec - 1 }],
  ['the hash of another', { txHash: '0x02' }],
])('with %s it cannot', (_, differing) => {
  expect(canBe(differing)).toBe(false)
})
