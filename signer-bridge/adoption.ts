/**
 * Adopting a reveal: another bridge of ours has committed, and its reveal is not there. Whoever holds
 * the vector then reveals it, with or without the lease: the same reveal twice harms nobody, and a
 * missing one costs thirty rounds.
 */

import { type Hex, keccak256 } from 'viem'
import { type EpochSchedule, votingRoundStartMs } from '../src/protocol/epoch.ts'
import { protocolIds } from '../src/protocol/payload.ts'
import { readSubmission } from '../src/protocol/submission.ts'
import { timetableMs } from '../src/protocol/timetable.ts'
import type { SubmissionCall } from './chain/chain.ts'
import type { Chore } from './chores.ts'
import type { Heads } from './heads.ts'
import { chainTimeMs, isProvenPast, type Moment } from './timeline.ts'
import { digestOf, type Vote } from './vote.ts'
import type { World } from './world.ts'

type AdoptionWorld = Pick<
  World,
  'chain' | 'journal' | 'lease' | 'network' | 'pace' | 'sleep' | 'nowMs' | 'log'
> & { readonly heads: Heads }

/** Of the time for a reveal, the acting bridge has a third before another one looks into it. */
const patience = 1 / 3

export function adoptionChore(world: AdoptionWorld): Chore {
  const { chain, heads, journal, lease, network, pace, sleep, nowMs, log } = world
  return async () => {
    const votes = journal.heldVotes()
    const newest = votes.at(-1)?.votingRoundId ?? 0
    const held = votes.filter(
      ({ votingRoundId }) =>
        votingRoundId >= newest - 1 && journal.vote(votingRoundId) === undefined,
    )
    if (held.length === 0) return pace.restMs
    await heads.refresh()
    const moment = heads.moment()
    const hasLease = lease.token() !== undefined
    const due = held.filter(({ votingRoundId }) =>
      isDue(network.schedule, votingRoundId, moment, hasLease),
    )
    const [first] = due
    if (first === undefined) return pace.pollMs * 2

    const { submitAddress, votingRoundId } = first
    const fromSec = votingRoundStartMs(network.schedule, votingRoundId) / 1_000
    const window = { fromSec, untilSec: Number.POSITIVE_INFINITY }
    const calls = await Promise.race([
      chain.callsBy([submitAddress], window).catch(() => []),
      sleep(pace.nodeMs * 2).then(() => []),
    ])
    const standing = payloadsIn(calls, 'submit1', votingRoundId).at(-1)
    const ours = due.find(
      (vote) => vote.votingRoundId === votingRoundId && vote.commit === standing,
    )
    if (ours === undefined || isRevealed(calls, ours)) return pace.pollMs * 2

    journal.adopt(ours, Math.round(nowMs()))
    log({ event: 'reveal-adopted', voting_round_id: votingRoundId, commit: ours.commit })
    return 0
  }
}

/** Whether a reveal should be on chain by now and can still be. */
export function isDue(
  schedule: EpochSchedule,
  votingRoundId: Vote['votingRoundId'],
  moment: Moment,
  hasLease: boolean,
): boolean {
  const { revealAt, revealDeadline } = timetableMs(schedule)
  const nextMs = votingRoundStartMs(schedule, votingRoundId + 1)
  const waitMs = hasLease ? 0 : (revealDeadline - revealAt) * patience
  const nowMs = chainTimeMs(moment)
  return (
    isProvenPast(moment, nextMs) &&
    nowMs >= nextMs + revealAt + waitMs &&
    nowMs < nextMs + revealDeadline
  )
}

/** Whether this very vote is revealed: another payload reveals nothing of it. */
function isRevealed(calls: readonly SubmissionCall[], vote: Vote): boolean {
  const digest = digestOf(vote, 'submit2')
  return payloadsIn(calls, 'submit2', vote.votingRoundId).some(
    (payload) => keccak256(payload) === digest,
  )
}

/** Of our own protocol and the round, in the chain's order. */
function payloadsIn(
  calls: readonly SubmissionCall[],
  method: 'submit1' | 'submit2',
  votingRoundId: number,
): readonly Hex[] {
  return calls.flatMap(({ calldata }) => {
    const submission = readSubmission(calldata)
    if (submission?.method !== method) return []
    return submission.frames
      .filter((frame) => frame.protocolId === protocolIds.ftso)
      .filter((frame) => frame.votingRoundId === votingRoundId)
      .map(({ payload }) => payload)
  })
}
