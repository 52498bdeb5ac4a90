import type { Hex } from 'viem'
import { describe, expect, test } from 'vitest'
import { submissionAddress } from '../../../src/protocol/contracts.ts'
import { type BlockTransaction, rawSubmissionsOf } from '../../../src/protocol/raw-submissions.ts'
import { submissionSelectors } from '../../../src/protocol/submission.ts'
import { aTransaction, providerAt } from '../../support/votes.ts'

function readOf(...transactions: BlockTransaction[]) {
  return rawSubmissionsOf({ number: 7, timestampSec: 1_000, transactions })
}

describe('rawSubmissionsOf', () => {
  test('takes commits, reveals and signatures, in the order of the block', () => {
    const inputs: Hex[] = ['0x6c532fae01', '0x57eed580', '0x9d00c9fd0203']
    expect(
      readOf(...inputs.map((input, i) => ({ ...aTransaction(input), transactionIndex: 3 * i }))),
    ).toEqual(
      [
        { method: 'submit1', transactionIndex: 0, calldata: '0x6c532fae01' },
        { method: 'submitSignatures', transactionIndex: 3, calldata: '0x57eed580' },
        { method: 'submit2', transactionIndex: 6, calldata: '0x9d00c9fd0203' },
      ].map((each) => ({ ...each, blockNumber: 7, timestampSec: 1_000, sender: providerAt(1) })),
    )
  })

  test('an address means the same in every case of letters, a selector too', () => {
    const from: Hex = `0x${providerAt(1).slice(2).toUpperCase()}`
    for (const to of [
      submissionAddress,
      `0x${submissionAddress.slice(2).toLowerCase()}`,
    ] as const) {
      expect(readOf({ ...aTransaction('0x6C532FAE'), from, to })).toMatchObject([
        { method: 'submit1', sender: providerAt(1) },
      ])
    }
  })

  test.each<{ why: string; differing: Partial<BlockTransaction> }>([
    { why: 'another contract', differing: { to: providerAt(9) } },
    { why: 'a contract that is made', differing: { to: null } },
    { why: 'a call without a use', differing: { input: `${submissionSelectors.submit3}00` } },
    { why: 'a fast update', differing: { input: '0x833bf6c0' } },
    { why: 'part of a selector', differing: { input: '0x6c532f' } },
    { why: 'money alone', differing: { input: '0x' } },
  ])('passes over $why', ({ differing }) => {
    expect(readOf({ ...aTransaction('0x6c532fae'), ...differing })).toEqual([])
  })
})
