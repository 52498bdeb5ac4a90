/**
 * A call of the Submission contract as the bridge thinks of it: what it is for, not what it says. A
 * call has one calldata for ever, however often it is sent; what came too late for it goes out in a
 * second part of its own.
 */

import type { Address, Hex } from 'viem'

export const callKinds = ['submit1', 'submit2', 'submitSignatures'] as const
export type CallKind = (typeof callKinds)[number]

/** `main` carries our own frame and whatever else was there in time; `late` the rest of others'. */
export const callParts = ['main', 'late'] as const
export type CallPart = (typeof callParts)[number]

export type CallName = {
  /** Whose data it carries; signatures are sent in the next round. */
  readonly votingRoundId: number
  readonly kind: CallKind
  readonly part: CallPart
}

/** A call and the key that sends it: the calls of two keys never mix. */
export type OwnCall = CallName & {
  /** The sender, in any case of letters. */
  readonly signer: Address
}

/** What a call binds its sender to, one for each protocol that it speaks for. */
export type BoundDigest = {
  readonly protocolId: number
  /** 32 bytes. */
  readonly digest: Hex
}
