/** The port to the chain: all that the bridge asks of it, whoever answers. */

import type { Address, Hash, Hex } from 'viem'
import { OracleError } from '../../src/protocol/errors.ts'
import type { Head } from '../timeline.ts'
import type { EpochFeeds } from './reward-epochs.ts'

/** A transaction that is on chain. */
export type Receipt = {
  readonly txHash: Hash
  readonly blockNumber: number
  /** Of its block, Unix seconds: it decides in which window the call counts. */
  readonly timestampSec: number
  readonly gasUsed: number
  readonly feeWei: bigint
  readonly hasReverted: boolean
}

/** How receipts are judged. */
export type ReceiptTerms = {
  /** Whether a receipt can be that of its transaction: a node that shows another has shown nothing. */
  readonly isPlausible?: (receipt: Receipt) => boolean
  /** Nothing can be sent any more: of two nodes that contradict one another either is believed. */
  readonly isLast?: boolean
}

/** By the stamps of blocks, Unix seconds: from the first to just before the second. */
export type Stretch = { readonly fromSec: number; readonly untilSec: number }

/** A transaction to Submission, as it stands in a block. */
export type SubmissionCall = {
  /** In lower case. */
  readonly sender: Address
  readonly txHash: Hash
  readonly calldata: Hex
  /** Of its block, Unix seconds. */
  readonly timestampSec: number
  /** Of several nodes that were asked one alone shows it: it may have been signed and never included. */
  readonly isAlone?: boolean
}

/** What became of a transaction that was handed to the nodes. */
export type SendOutcome =
  /** At least one has it, now or since earlier. */
  | { readonly kind: 'accepted' }
  /** It pays too little to replace what waits at its nonce. */
  | { readonly kind: 'underpriced' }
  /** Its nonce is used on chain: by itself, perhaps. */
  | { readonly kind: 'nonce-used' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unreachable'; readonly reason: string }

export type Chain = {
  /** @throws {ChainError} `chain-unreachable`, as every function here that rejects. */
  readonly head: () => Promise<Head>
  /**
   * Those of the transactions that are on chain, as several nodes bear one another out. Where they
   * differ on its place, one transaction has several receipts.
   */
  readonly receiptsOf: (
    txHashes: readonly Hash[],
    terms?: ReceiptTerms,
  ) => Promise<readonly Receipt[]>
  /** How many transactions of a key are on chain: its first free nonce. */
  readonly latestCount: (address: Address) => Promise<number>
  /** The same with those that wait. */
  readonly pendingCount: (address: Address) => Promise<number>
  readonly balanceWei: (address: Address) => Promise<bigint>
  /** Hands a transaction to every node at once. Never rejects. */
  readonly send: (raw: Hex, sender: Address) => Promise<SendOutcome>
  /**
   * Calls of Submission by some addresses in blocks of a stretch of time: all that any node shows, each
   * sender's in the chain's order.
   *
   * @param patienceMs How long a node may hold up what another has answered.
   */
  readonly callsBy: (
    addresses: readonly Address[],
    stretch: Stretch,
    patienceMs: number,
  ) => Promise<readonly SubmissionCall[]>
  /**
   * Brings what is known of reward epochs up to the present block.
   *
   * @param head The latest block.
   */
  readonly refreshEpochs: (head: Head) => Promise<void>
  /**
   * A round's reward epoch and its feeds, from what is known.
   *
   * @throws {FeedListError}
   */
  readonly feedsOf: (votingRoundId: number) => EpochFeeds
}

export class ChainError extends OracleError<
  'chain-unreachable' | 'chain-differs' | 'contract-unknown' | 'schedule-differs' | 'events-differ'
> {}
