/**
 * The port to the observer: what the chain says of voting rounds, read out of full blocks and events
 * by the bridge itself. Whoever signs, relays or serves results asks here; no indexer, no Worker.
 */

import type { Address, Hash, Hex } from 'viem'
import type { RewardEpoch } from '../../src/protocol/reward-epoch.ts'
import type { RoundOutcome } from '../../src/protocol/round-result.ts'
import type { SigningPolicy } from '../../src/protocol/signing-policy.ts'

/** What is known of a round's result. */
export type ObservedOutcome =
  | RoundOutcome
  /** Its windows have not been read to their end, or not without a gap: ask again. */
  | { readonly kind: 'not-yet' }

/** What other nodes say of what was read from one. */
export type Confirmation =
  /** The same; or there is no other to be asked. */
  | 'confirmed'
  /** Nothing yet. */
  | 'awaited'
  /** Something else, and no majority says which is right. */
  | 'contradicted'

/** A root that the chain holds for final: what everybody's result is measured by. */
export type Finalisation = {
  readonly protocolId: number
  readonly votingRoundId: number
  readonly isSecureRandom: boolean
  /** 32 bytes. */
  readonly merkleRoot: Hex
  readonly blockNumber: number
  /** Of its block, Unix seconds. */
  readonly timestampSec: number
  readonly txHash: Hash
}

/** One frame of somebody's `submitSignatures`, as it was sent. */
export type PeerCall = {
  /** The sender, in lower case. */
  readonly sender: Address
  readonly protocolId: number
  readonly payload: Hex
  readonly blockNumber: number
  readonly transactionIndex: number
  /** Of its block, Unix seconds. */
  readonly timestampSec: number
}

/** A reward epoch with the policy that signs in it, and who its voters are in each of their roles. */
export type ObservedEpoch = {
  readonly epoch: RewardEpoch
  readonly policy: SigningPolicy
  /** As the event has them: `relay()` begins with these bytes. */
  readonly policyBytes: Hex
  /** By place in the policy; addresses in lower case. */
  readonly voters: readonly {
    readonly identity: Address
    readonly submitAddress: Address
    readonly submitSignaturesAddress: Address
    readonly signingPolicyAddress: Address
  }[]
}

/** How far has been read: one stretch of blocks without a gap. */
export type ReadStretch = {
  readonly fromBlock: number
  readonly toBlock: number
  /** The stamps of the first and last of them, Unix seconds. */
  readonly fromTimestampSec: number
  readonly toTimestampSec: number
}

export type Observer = {
  /**
   * Reads on, newest needs first and then what the benching window lacks; some batches at most.
   *
   * @returns When to come again, milliseconds from now.
   * @throws {ChainError} `chain-unreachable`
   */
  readonly advance: () => Promise<number>
  /**
   * Has blocks that were read from one node confirmed by another, some at a time.
   *
   * @returns When to come again, milliseconds from now.
   */
  readonly confirm: () => Promise<number>
  /** Whether another node says the same of the blocks that a round's result is made of. */
  readonly confirmationOf: (votingRoundId: number) => Confirmation
  /** The round's result as soon as a block past its reveal deadline is read with no gap before it. */
  readonly outcomeOf: (votingRoundId: number) => ObservedOutcome
  /**
   * What was relayed for a round, by a block that another node has confirmed where there is another;
   * `undefined` while nothing is.
   */
  readonly finalisationOf: (protocolId: number, votingRoundId: number) => Finalisation | undefined
  /** The same by the word of whichever node its block was read from: reason to wait, and no more. */
  readonly relayHeardOf: (protocolId: number, votingRoundId: number) => Finalisation | undefined
  /** The frames for a round in calls of `submitSignatures` of the next one, in the chain's order. */
  readonly signaturesFor: (protocolId: number, votingRoundId: number) => readonly PeerCall[]
  /** The reward epoch that a round belongs to, if its facts are known. */
  readonly epochOf: (votingRoundId: number) => ObservedEpoch | undefined
  /** First round of the reward epoch in which Relay v2 began, where its events tell. */
  readonly firstChainBoundRound: () => number | undefined
  /** What has been read; nothing before the first batch. */
  readonly stretch: () => ReadStretch | undefined
}
