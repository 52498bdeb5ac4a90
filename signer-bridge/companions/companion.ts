/**
 * The port to a companion: another protocol's client beside the bridge, whose frames travel in our
 * transactions, for only the first call of an entity in a round is subsidised. Flare's data connector
 * (FDC, protocol 200) is one. What it says is read and checked; nothing it says is sent unread.
 */

import type { Address, Hex } from 'viem'
import type { PayloadFrame } from '../../src/protocol/payload.ts'

/** What a companion wants to say in a commit or a reveal. */
export type CompanionFrame = { readonly kind: 'frame'; readonly frame: PayloadFrame } | NothingToSay

/** What a companion wants to have signed. */
export type CompanionMessage =
  | {
      readonly kind: 'message'
      /** 38 bytes: protocol, round, flag and root. */
      readonly message: Hex
      /** Goes behind the signature as it stands: the data connector's bit vector. */
      readonly unsigned: Hex
    }
  | NothingToSay

type NothingToSay =
  /** It has nothing for this round. */
  | { readonly kind: 'empty' }
  /** It may have something when it is asked again. */
  | { readonly kind: 'again'; readonly reason: string }
  /** It said what must not be sent; the reason names the rule and never the bytes. */
  | { readonly kind: 'refused'; readonly reason: string }

export type Companion = {
  readonly protocolId: number
  /** Of `submit1` in the round itself, or `submit2` in the next; never rejects. */
  readonly frameFor: (
    kind: 'submit1' | 'submit2',
    votingRoundId: number,
    submitAddress: Address,
    deadlineMs: number,
  ) => Promise<CompanionFrame>
  /** Of `submitSignatures`; never rejects. */
  readonly messageFor: (
    votingRoundId: number,
    submitSignaturesAddress: Address,
    deadlineMs: number,
  ) => Promise<CompanionMessage>
}
