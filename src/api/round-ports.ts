/** What the routes ask of the memory of rounds, and all that the bridge's routes need besides. */

import type { FreezeOutcome } from '../core/freezable.ts'
import type { LeaseOutcome } from '../core/lease.ts'
import type { RoundMemory } from '../core/round-stage.ts'
import type { SubmissionPlace } from '../history/history.ts'
import type {
  FreezeRequest,
  Reservation,
  StandbyRequest,
  SubmissionReport,
} from '../protocol/bridge-wire.ts'
import type { RoundRecord } from '../protocol/wire-rest.ts'

/** For those who read. Throws when the memory does not answer. */
export type PublicRounds = {
  /** What is remembered of a range of rounds, both ends included; unknown ones are left out. */
  readonly list: (fromRound: number, toRound: number) => Promise<readonly RoundMemory[]>
  /** The public record of a round whose reveal is on chain; undefined for every other. */
  readonly record: (votingRoundId: number) => Promise<RoundRecord | undefined>
  /** The newest reports, newest first. */
  readonly submissions: (
    limit: number,
    before: SubmissionPlace | undefined,
  ) => Promise<readonly SubmissionReport[]>
}

/** For the signer bridge. Throws when the memory does not answer. */
export type BridgeRounds = {
  readonly lease: (holder: string, nowMs: number) => Promise<LeaseOutcome>
  readonly reserve: (
    reservation: Reservation,
  ) => Promise<
    | { readonly kind: 'reserved' }
    | { readonly kind: 'refused'; readonly code: 'lease-lost' | 'digest-differs' }
  >
  /** Hears a standby; the newest vector from a round on, as it was answered to the freeze. */
  readonly standBy: (
    request: StandbyRequest,
    fromRound: number,
    nowMs: number,
  ) => Promise<string | undefined>
  /** Whether a standby does not have the round's vector yet. */
  readonly isAwaited: (votingRoundId: number, nowMs: number) => Promise<boolean>
  readonly useNonce: (nonce: string, nowMs: number) => Promise<'fresh' | 'used' | 'too-many'>
  /** Remembers reports; a confirmed reveal makes its round public. */
  readonly report: (reports: readonly SubmissionReport[]) => Promise<void>
}

export type BridgeDeps = BridgeRounds & {
  /** HMAC-SHA256 of a text's UTF-8 bytes with the secret that is shared, hex in lower case. */
  readonly hmacHex: (text: string) => Promise<string>
  /** SHA-256, hex in lower case. */
  readonly sha256OfBytes: (bytes: Uint8Array) => Promise<string>
  readonly freeze: (votingRoundId: number, request: FreezeRequest) => Promise<FreezeOutcome>
  /** Keeps reports for ever, now or later; false if nobody took them. Never throws. */
  readonly keep: (reports: readonly SubmissionReport[]) => Promise<boolean>
  /** Tells every listener, each report once. Never throws. */
  readonly announce: (reports: readonly SubmissionReport[]) => Promise<void>
}
