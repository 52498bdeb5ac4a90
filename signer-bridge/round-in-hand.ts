/**
 * The round that this process is about to commit to, until it is bound or given up. What was frozen once
 * is not judged anew by other medians, for its digest may be reserved by then; what was given up is not
 * tried again. A restart forgets it: nothing was signed.
 */

import { callOf } from './endings.ts'
import type { Votes } from './prepare-round.ts'
import { reportOf } from './reports.ts'
import type { Vote } from './vote.ts'
import type { World } from './world.ts'

export type RoundInHand = {
  /** What was made of a round's vector before; `undefined` if nothing was. */
  readonly votesOf: (votingRoundId: number) => Votes | undefined
  readonly keep: (votes: Votes) => void
  /** Counts a round that nothing is bound to here as missed, with the sentence that says why. */
  readonly giveUp: (vote: Vote, error: string) => void
  readonly isGivenUp: (votingRoundId: number) => boolean
}

export function roundInHand({ journal, log, metrics, network, nowMs }: World): RoundInHand {
  let inHand: Votes | undefined
  let givenUp: number | undefined
  return {
    votesOf: (votingRoundId) =>
      inHand?.guarded.votingRoundId === votingRoundId ? inHand : undefined,
    keep: (votes) => {
      inHand = votes
    },
    giveUp: (vote, error) => {
      const { votingRoundId } = vote
      givenUp = votingRoundId
      const call = callOf(vote, 'submit1')
      const what = { status: 'missed', atMs: nowMs(), attempts: 0, error } as const
      journal.outbox.queueReport(reportOf({ chainId: network.chainId, call, ...what }))
      metrics.stageReached('commit-missed')
      log({ event: 'commit-refused', voting_round_id: votingRoundId, reason: error })
    },
    isGivenUp: (votingRoundId) => givenUp === votingRoundId,
  }
}
