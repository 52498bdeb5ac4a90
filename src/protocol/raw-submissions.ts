/**
 * What providers sent to the Submission contract, out of full blocks: it emits no event, so the
 * transactions themselves are the only record.
 */

import type { Address, Hex } from 'viem'
import { lowerCase } from './address.ts'
import { submissionAddress } from './contracts.ts'
import { type SubmissionMethod, submissionSelectors } from './submission.ts'

/** A block with its transactions, as far as submissions are read from it. */
export type FullBlock = {
  readonly number: number
  /** Unix seconds. It alone decides which window a submission falls into. */
  readonly timestampSec: number
  readonly transactions: readonly BlockTransaction[]
}

/** Fields as `eth_getBlockByNumber` names them. */
export type BlockTransaction = {
  readonly from: Address
  /** Null where a contract is created. */
  readonly to: Address | null
  readonly input: Hex
  readonly transactionIndex: number
}

/** One call, unread. */
export type RawSubmission = {
  readonly blockNumber: number
  readonly transactionIndex: number
  /** Of its block, Unix seconds. */
  readonly timestampSec: number
  readonly method: SubmissionMethod
  /** In lower case. */
  readonly sender: Address
  readonly calldata: Hex
}

const submission = submissionAddress.toLowerCase()
const selectorDigits = 2 + 2 * 4

/** `submit3` has no use, so it is not read. */
const methodBySelector: ReadonlyMap<string, SubmissionMethod> = new Map(
  (['submit1', 'submit2', 'submitSignatures'] as const).map((method) => [
    submissionSelectors[method],
    method,
  ]),
)

/**
 * The calls in a block that commit, reveal or carry signatures, in the order of the block. Sent by
 * anybody, straight to the contract; a call that failed on chain counts like any other, so receipts
 * are not asked for. What the calldata says is not looked at.
 *
 * @see https://github.com/flare-foundation/FTSO-Scaling `IndexerClient.getSubmissionDataInRange`
 */
export function rawSubmissionsOf(block: FullBlock): readonly RawSubmission[] {
  return block.transactions.flatMap(({ from, to, input, transactionIndex }) => {
    if (to?.toLowerCase() !== submission) return []
    const method = methodBySelector.get(input.slice(0, selectorDigits).toLowerCase())
    if (method === undefined) return []
    return [
      {
        blockNumber: block.number,
        transactionIndex,
        timestampSec: block.timestampSec,
        method,
        sender: lowerCase(from),
        calldata: input,
      },
    ]
  })
}
