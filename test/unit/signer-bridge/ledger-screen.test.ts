import { keccak256, parseGwei, serializeTransaction } from 'viem'
import { expect, test } from 'vitest'
import {
  deadlineText,
  reviewText,
  transactionScreen,
} from '../../../signer-bridge/ledger/screen.ts'

const from = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const call = {
  type: 'eip1559',
  chainId: 14,
  nonce: 7,
  to: '0x2ca6571daa15ce734bbd0bf27d5c9d16787fc33f',
  value: 0n,
  data: '0x6c532fae',
  gas: 100_000n,
  maxFeePerGas: parseGwei('3000'),
  maxPriorityFeePerGas: parseGwei('100'),
} as const

test('a transaction reads as on the device, screen by screen', () => {
  expect(transactionScreen(from, call)).toEqual([
    ['From', from],
    ['To', '0x2cA6571Daa15ce734Bbd0Bf27D5C9D16787fc33f'],
    ['Max fees', '0.3 FLR'],
    ['Network', 'Flare'],
    // Of what is signed: the device cannot know the hash of the transaction with its signature.
    ['Tx hash', keccak256(serializeTransaction(call))],
  ])
})

test.each([
  [14, '0.3 FLR', 'Flare'],
  [19, '0.3 SGB', 'Songbird'],
  [16, '0.3 FLR', 'Flare Coston'],
  [114, '0.3 ???', '114'],
  [31_337, '0.3 ???', '31337'],
])('chain %i has fees of %s on %s', (chainId, fees, network) => {
  const screen = new Map(transactionScreen(from, { ...call, chainId }))
  expect(screen.get('Max fees')).toBe(fees)
  expect(screen.get('Network')).toBe(network)
})

test('a deadline is a time of day and the seconds left, never fewer than none', () => {
  const untilMs = new Date(2026, 10, 22, 14, 31, 24).getTime()
  expect(deadlineText(untilMs, untilMs - 47_900)).toBe('14:31:24, in 47 s')
  expect(deadlineText(untilMs, untilMs + 1)).toBe('14:31:24, in 0 s')
})

test('a review lines its screens up under what it is for', () => {
  expect(
    reviewText(
      'the commit',
      [
        ['To', 'x'],
        ['Network', 'Flare'],
      ],
      '14:31:24, in 47 s',
    ),
  ).toBe(
    'On the Ledger now: the commit. Accept it by 14:31:24, in 47 s, if it shows this:\n' +
      '  To       x\n' +
      '  Network  Flare',
  )
})
