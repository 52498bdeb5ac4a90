/**
 * What a companion has said of a round's result: asked for in the round's window until it answers, one
 * question at a time. Its first message of a round stays, and it is not asked again.
 */

import type { Address, Hex } from 'viem'
import type { Companion, CompanionMessage } from '../companions/companion.ts'
import type { Log } from '../log.ts'
import type { Pace } from '../pace.ts'

/** The companion's word for a round that is over and done. */
type Heard = Extract<CompanionMessage, { kind: 'message' | 'empty' }>

export type Hearing = {
  /** `undefined` as long as it may be asked again. */
  readonly heardOf: (votingRoundId: number) => Heard | undefined
  /** Whether it is time to ask. */
  readonly isDue: (votingRoundId: number) => boolean
  /** Asks once, for no longer than the deadline. Never rejects. */
  readonly ask: (votingRoundId: number, sender: Address, deadlineMs: number) => Promise<void>
}

export type HearingDeps = {
  readonly companion: Companion
  readonly nowMs: () => number
  readonly pace: Pick<Pace, 'retryMs'>
  readonly log: Log
}

export function hearingOf({ companion, nowMs, pace, log }: HearingDeps): Hearing {
  let at: { votingRoundId: number; heard?: Heard; askedAtMs?: number } | undefined
  const stateOf = (votingRoundId: number) => {
    if (at?.votingRoundId !== votingRoundId) at = { votingRoundId }
    return at
  }
  return {
    heardOf: (votingRoundId) => (at?.votingRoundId === votingRoundId ? at.heard : undefined),
    isDue: (votingRoundId) => {
      const { heard, askedAtMs } = stateOf(votingRoundId)
      if (heard !== undefined) return false
      const sinceMs = nowMs() - (askedAtMs ?? Number.NEGATIVE_INFINITY)
      // A clock that has jumped back says nothing.
      return sinceMs < 0 || sinceMs >= pace.retryMs
    },
    ask: async (votingRoundId, sender, deadlineMs) => {
      const state = stateOf(votingRoundId)
      state.askedAtMs = nowMs()
      const answer = await companion.messageFor(votingRoundId, sender, deadlineMs)
      if (answer.kind === 'message' || answer.kind === 'empty') {
        state.heard = answer
        return
      }
      const event = answer.kind === 'refused' ? 'companion-refused' : 'companion-late'
      const { reason } = answer
      log({ event, voting_round_id: votingRoundId, kind: 'submitSignatures', reason })
    },
  }
}

/** What stands behind the signature of what was heard. */
export function unsignedIn(heard: Heard | undefined): Hex | undefined {
  return heard?.kind === 'message' ? heard.unsigned : undefined
}
