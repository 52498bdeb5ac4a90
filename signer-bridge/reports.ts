/** What is told to the Worker of each call. A report is named by what it says: twice is once. */

import { createHash } from 'node:crypto'
import { getAddress } from 'viem'
import {
  type SubmissionReport,
  submissionReportSchema,
  type SubmissionStatus,
} from '../src/protocol/bridge-wire.ts'
import { uuidOf } from '../src/protocol/uuid.ts'
import type { OwnCall } from './call.ts'
import type { Receipt } from './chain/chain.ts'
import type { Attempt } from './journal/rows.ts'

export type Told = {
  readonly chainId: number
  readonly call: OwnCall
  readonly status: SubmissionStatus
  readonly atMs: number
  readonly attempts: number
  /** The transaction that it is about. */
  readonly attempt?: Attempt
  readonly receipt?: Receipt
  /** Why it failed or was missed, in one sentence. */
  readonly error?: string
}

export function reportOf(told: Told): SubmissionReport {
  const { call, status, attempt, receipt, error } = told
  return submissionReportSchema.parse({
    id: idOf(told),
    voting_round_id: call.votingRoundId,
    kind: call.kind,
    status,
    signer: getAddress(call.signer),
    at: Math.round(told.atMs),
    attempts: told.attempts,
    ...(attempt !== undefined && { tx_hash: attempt.txHash, signature: attempt.signature }),
    ...(receipt !== undefined && {
      block_number: receipt.blockNumber,
      block_timestamp: receipt.timestampSec,
      gas_used: receipt.gasUsed,
      fee_wei: String(receipt.feeWei),
    }),
    ...(error !== undefined && { error: error.slice(0, maxErrorLength) }),
  })
}

const maxErrorLength = 500

/** Names are hashed within a space of our own, drawn once. */
const namespace = Buffer.from('6f3f6c1e5c0b4f0a9d0e2b1f7a8c4d35', 'hex')

/** A UUID of version 5 over what makes a report this one and no other. */
function idOf({ chainId, call, status, attempt }: Told): string {
  const { signer, votingRoundId, kind, part } = call
  const name = [chainId, signer.toLowerCase(), votingRoundId, kind, status, attempt?.txHash]
  // The main part has the name that calls had before there were parts.
  if (part !== 'main') name.push(part)
  const hash = createHash('sha1').update(namespace).update(name.join('/')).digest()
  return uuidOf(hash, 5)
}
