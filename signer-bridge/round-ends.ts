/** How a round ends: judged by what landed, or dropped before anything was sent. */

import { votingRoundStartMs } from '../src/protocol/epoch.ts'
import { protocolIds } from '../src/protocol/payload.ts'
import { digestsIn } from './call-digests.ts'
import { callOf, commitStatus, revealStatus, settle, voteIn } from './endings.ts'
import type { Heads } from './heads.ts'
import type { CallStatus } from './journal/calls.ts'
import { isProvenPast } from './timeline.ts'
import { digestOf, type Vote } from './vote.ts'
import { windowOf } from './windows.ts'
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
  const vote = voteIn(world, votingRoundId)
  const isElsewhere = await isRevealedElsewhere(world, vote)
  if (isElsewhere) log({ event: 'revealed-elsewhere', voting_round_id: votingRoundId })
  endRound(world, votingRoundId, { wasSeen, isElsewhere })
}

/**
 * Whether another bridge of ours has revealed what this one could not: then nothing was missed. Asked
 * only where it looks so; what cannot be looked up was missed.
 */
async function isRevealedElsewhere(
  { chain, journal, network, pace, sleep }: World,
  vote: Vote,
): Promise<boolean> {
  const commit = callOf(vote, 'submit1')
  const reveal = callOf(vote, 'submit2')
  if (journal.statusOf(commit) !== 'confirmed') return false
  if (journal.statusOf(reveal) === 'confirmed') return false
  const { fromMs, untilMs } = windowOf(network.schedule, reveal)
  const window = { fromSec: fromMs / 1_000, untilSec: untilMs / 1_000 }
  const calls = await Promise.race([
    chain.callsBy([vote.submitAddress], window, pace.nodeMs * 1.5).catch(() => []),
    // A look has many blocks to read, and the next round waits.
    sleep(pace.nodeMs * 2).then(() => []),
  ])
  const ours = digestOf(vote, 'submit2')
  // One that a single node shows may be ours, which that node was handed and nobody included.
  const onChain = calls.filter(({ isAlone }) => isAlone !== true)
  return onChain.some(({ calldata }) =>
    digestsIn('submit2', calldata).some(
      ({ protocolId, digest }) => protocolId === protocolIds.ftso && digest === ours,
    ),
  )
}

/** For so many rounds after a round's end a failed look is tried again. */
const roundsOfLooks = 10

const unseenReveal = 'The window closed before the reveal was on chain.'
const unknownReveal = 'No node could say what became of the reveal.'

type Seen = { readonly wasSeen: boolean; readonly isElsewhere: boolean }

/** Closes a round whose commit is judged. */
function endRound(world: World, votingRoundId: number, { wasSeen, isElsewhere }: Seen): void {
  const { journal, metrics, log } = world
  const vote = voteIn(world, votingRoundId)
  const reveal = callOf(vote, 'submit2')
  const revealed = journal.statusOf(reveal)
  const wasOwed = journal.statusOf(callOf(vote, 'submit1')) === 'confirmed'
  const end = wasOwed ? endOfOwed(revealed, isElsewhere) : 'void'
  // A call that is settled already stays as it is; the obligation ends.
  settle(world, reveal, {
    status: journal.attempts(reveal).length > 0 ? 'failed' : 'missed',
    error: wasSeen ? unseenReveal : unknownReveal,
    isUntold: isElsewhere,
    obligation: end,
  })
  // What was settled before has been told of, and so has what another bridge did.
  if (end === 'met' || (wasOwed && revealed !== 'planned')) return
  if (end === 'missed') metrics.stageReached('reveal-missed')
  log({
    event: end === 'missed' ? 'reveal-missed' : 'round-voided',
    voting_round_id: votingRoundId,
  })
}

function endOfOwed(revealed: CallStatus | undefined, isElsewhere: boolean): 'met' | 'missed' {
  return revealed === 'confirmed' || isElsewhere ? 'met' : 'missed'
}

/** A round that was prepared and never sent: nothing is owed. */
export function drop(world: World, votingRoundId: number): void {
  const error = 'There was no time left for the commit to land in its round.'
  settle(world, callOf(voteIn(world, votingRoundId), 'submit1'), { status: 'missed', error })
  world.metrics.stageReached('commit-missed')
  world.log({ event: 'commit-missed', voting_round_id: votingRoundId })
}
