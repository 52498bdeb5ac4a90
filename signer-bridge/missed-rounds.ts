/** Rounds that were tried and never prepared: a Worker that was away, say. They are told of too. */

import type { Address } from 'viem'
import { votingRoundStartMs } from '../src/protocol/epoch.ts'
import { timetableMs } from '../src/protocol/timetable.ts'
import type { Heads } from './heads.ts'
import { reportOf } from './reports.ts'
import { blockTimeMs, type Step } from './timeline.ts'
import type { World } from './world.ts'

export type MissedRounds = {
  /** Hears of each step, and reports the round that was tried before it if that came to nothing. */
  readonly note: (step: Step) => void
}

export function missedRounds(world: World, heads: Heads): MissedRounds {
  const { journal, network, metrics, log, nowMs } = world
  let tried: number | undefined
  return {
    note: (step: Step) => {
      if (step.kind === 'freeze') {
        tried = step.votingRoundId
        return
      }
      if (tried === undefined) return
      const { schedule, chainId } = network
      const lastMs = votingRoundStartMs(schedule, tried) + timetableMs(schedule).lastCommit
      const isPrepared = journal.vote(tried) !== undefined
      if (!isPrepared && blockTimeMs(heads.moment()) < lastMs) return
      // A round that this bridge stood by is another's to tell of.
      const isHeld = journal.heldVotes().some(({ votingRoundId }) => votingRoundId === tried)
      if (!isPrepared && !isHeld) {
        const error = 'The round could not be frozen in time; the log of the bridge says why.'
        const call = { votingRoundId: tried, kind: 'submit1', part: 'main' } as const
        const what = { chainId, status: 'missed', atMs: nowMs(), attempts: 0, error } as const
        const signer = submitterIn(world, tried)
        if (signer !== undefined) {
          journal.outbox.queueReport(reportOf({ ...what, call: { ...call, signer } }))
        }
        metrics.stageReached('commit-missed')
        log({ event: 'commit-missed', voting_round_id: tried })
      }
      tried = undefined
    },
  }
}

/** Who would have committed in a round, as far as that is known. */
function submitterIn({ chain, keyring }: World, votingRoundId: number): Address | undefined {
  try {
    return keyring.keyOf('submit', chain.feedsOf(votingRoundId).rewardEpochId)?.address
  } catch {
    // The chain's events are not known: that may be why the round was missed.
    return keyring.keys().find(({ role }) => role === 'submit')?.address
  }
}
