/** What goes on beside the questions of another sender: the head, and the end of old rounds. */

import { protocolIds } from '../../src/protocol/payload.ts'
import { votingRoundStartMs } from '../../src/protocol/epoch.ts'
import type { Chore } from '../chores.ts'
import type { Heads } from '../heads.ts'
import type { Journal } from '../journal/journal.ts'
import { closesAfterMs, isProvenPast } from '../timeline.ts'
import type { World } from '../world.ts'

/** Looks for a newer block: so often that whoever asks need not wait for it. */
export function headChore(heads: Heads, { pace }: Pick<World, 'pace'>): Chore {
  return async () => {
    await heads.refresh()
    return pace.retryMs
  }
}

type EndingsDeps = Pick<World, 'log' | 'network' | 'nowMs' | 'pace'> & {
  readonly metrics: Pick<World['metrics'], 'stageReached'>
  readonly heads: Pick<Heads, 'moment'>
  readonly journal: Pick<Journal, 'openRounds' | 'endHandover' | 'openRoots' | 'closeRoot'>
}

/**
 * Ends rounds whose window a block proves to be over. What became of the other sender's transactions
 * is not known here: a reveal that was told is held to be met, one that nobody asked for is missed.
 */
export function endingsChore(deps: EndingsDeps): Chore {
  const { journal, log, metrics, network, nowMs, pace } = deps
  const { schedule } = network
  return () => {
    const moment = deps.heads.moment()
    const startMs = (round: number) => votingRoundStartMs(schedule, round)
    for (const { votingRoundId } of journal.openRounds()) {
      const overMs = startMs(votingRoundId + 1) + closesAfterMs(schedule)
      if (!isProvenPast(moment, overMs)) continue
      const end = journal.endHandover(votingRoundId, Math.round(nowMs()))
      if (end === 'missed') metrics.stageReached('reveal-missed')
      log({ ...eventOf[end], voting_round_id: votingRoundId })
    }
    for (const { protocolId, votingRoundId } of journal.openRoots(protocolIds.ftso)) {
      if (!isProvenPast(moment, startMs(votingRoundId + 2))) continue
      journal.closeRoot({ protocolId, votingRoundId })
    }
    return Promise.resolve(pace.restMs)
  }
}

const eventOf = {
  met: { event: 'handover-ended' },
  missed: { event: 'reveal-not-asked-for' },
  void: { event: 'round-voided' },
} as const
