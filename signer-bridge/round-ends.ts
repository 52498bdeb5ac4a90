/** How a round ends: judged by what landed, or dropped before anything was sent. */

import { votingRoundStartMs } from '../src/protocol/epoch.ts'
import { callOf, commitStatus, revealStatus, settle, voteIn } from './endings.ts'
import type { Heads } from './heads.ts'
import { isProvenPast } from './timeline.ts'
import type { World } from './world.ts'

/**
 * Looks once more for what may have landed, and says how the round has ended. A look that fails is
 * tried again for some rounds, and then done without: one old round must not stop all new ones.
 */
export async function close(world: World, heads: Heads, votingRoundId: number): Promise<void> {
  const { journal, metrics, log, network } = world
  const commit = callOf(voteIn(world, votingRoundId), 'submit1')
  let wasSeen = true
  try {
    await commitStatus(world, votingRoundId, { isLast: true })
    await revealStatus(world, votingRoundId, { isLast: true })
  } catch (error) {
    const lastMs = votingRoundStartMs(network.schedule, votingRoundId + 1 + roundsOfLooks)
    if (!isProvenPast(heads.moment(), lastMs)) throw error
    wasSeen = false
    log({ event: 'look-given-up', voting_round_id: votingRoundId, reason: String(error) })
  }
  if (journal.statusOf(commit) === 'planned') {
    const error = wasSeen
      ? 'The commit did not land in its round.'
      : 'No node could say what became of the commit.'
    settle(world, commit, { status: 'failed', error })
    metrics.stageReached('commit-failed')
  }
  endRound(world, votingRoundId, wasSeen)
}

/** For so many rounds after a round's end a failed look is tried again. */
const roundsOfLooks = 10

/** Closes a round whose commit is judged. */
function endRound(world: World, votingRoundId: number, wasSeen: boolean): void {
  const { journal, metrics, log } = world
  const vote = voteIn(world, votingRoundId)
  const reveal = callOf(vote, 'submit2')
  const revealed = journal.statusOf(reveal)
  const wasOwed = journal.statusOf(callOf(vote, 'submit1')) === 'confirmed'
  const wasSent = journal.attempts(reveal).length > 0
  const error = wasSeen
    ? 'The window closed before the reveal was on chain.'
    : 'No node could say what became of the reveal.'
  const isMissed = wasOwed && revealed !== 'confirmed'
  // A call that is settled already stays as it is; the obligation ends.
  settle(world, reveal, {
    status: wasSent ? 'failed' : 'missed',
    error,
    obligation: isMissed ? 'missed' : wasOwed ? 'met' : 'void',
  })
  if (revealed !== 'planned' && wasOwed) return
  if (isMissed) metrics.stageReached('reveal-missed')
  log({ event: isMissed ? 'reveal-missed' : 'round-voided', voting_round_id: votingRoundId })
}

/** A round that was prepared and never sent: nothing is owed. */
export function drop(world: World, votingRoundId: number): void {
  const error = 'There was no time left for the commit to land in its round.'
  settle(world, callOf(voteIn(world, votingRoundId), 'submit1'), { status: 'missed', error })
  world.metrics.stageReached('commit-missed')
  world.log({ event: 'commit-missed', voting_round_id: votingRoundId })
}
