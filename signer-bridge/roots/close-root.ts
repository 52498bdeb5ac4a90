/** The end of a root: its call judged when its window is over, and what is missing told. */

import { timetableMs } from '../../src/protocol/timetable.ts'
import type { RootRow } from '../journal/roots.ts'
import { isProvenPast } from '../timeline.ts'
import { rootWindowOf } from './root-plan.ts'
import type { AtRound, TrackWorld } from './roots-world.ts'

/** For so many rounds after a round's end a failed look is tried again. */
const roundsOfLooks = 10

/**
 * Judges the call of a root whose window is over, some time after it, when nodes that lag behind
 * know of its last blocks too.
 *
 * @throws {ChainError} `chain-unreachable`, as long as it is tried again.
 */
export async function closeRoot(world: TrackWorld, root: RootRow): Promise<void> {
  const { network, heads, call, journal } = world
  const { closesMs } = rootWindowOf(network.schedule, root.votingRoundId)
  const lateMs = timetableMs(network.schedule).revealAt / 2
  if (!isProvenPast(heads.moment(), closesMs + lateMs)) return
  if (call.statusOf(root) === 'planned') await lastLook(world, root)
  const status = call.statusOf(root)
  if (status === 'planned') return
  if (status !== 'confirmed' && root.signed !== undefined && root.refusedAs === undefined) {
    sayMissed(world, root.votingRoundId, 'not-on-chain')
  }
  journal.closeRoot(root)
}

/** A round that is over and had nothing signed, though nothing spoke against it for good. */
export function endRound(world: TrackWorld, { votingRoundId, waitsFor }: AtRound): void {
  if (waitsFor === undefined || waitsFor === 'window-not-open') return
  sayMissed(world, votingRoundId, waitsFor)
}

async function lastLook({ call, heads, network, log }: TrackWorld, root: RootRow): Promise<void> {
  try {
    await call.look(root, { isLast: true })
  } catch (error) {
    const { votingRoundId } = root
    const lastMs = rootWindowOf(network.schedule, votingRoundId + roundsOfLooks).closesMs
    if (!isProvenPast(heads.moment(), lastMs)) throw error
    log({ event: 'look-given-up', voting_round_id: votingRoundId, reason: String(error) })
    call.giveUp(root)
  }
}

function sayMissed({ log, metrics }: TrackWorld, votingRoundId: number, reason: string): void {
  metrics.rootReached('missed')
  log({ event: 'root-missed', voting_round_id: votingRoundId, reason })
}
