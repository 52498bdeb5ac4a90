/**
 * The reservation of a commit at the Worker, so that no second bridge of ours sends another; and the
 * moment that a standby is given to write the vector down before the commit goes out.
 */

import { protocolIds } from '../src/protocol/payload.ts'
import { type EpochSchedule, votingRoundStartMs } from '../src/protocol/epoch.ts'
import { timetableMs } from '../src/protocol/timetable.ts'
import type { LeaseHolding } from './lease.ts'
import { digestOf, type Vote } from './vote.ts'
import type { Answer } from './worker-client.ts'
import type { World } from './world.ts'

/** Between two looks whether the standby has it. It asks every quarter of a second. */
const standbyLookMs = 200

type ReservationOutcome =
  | 'reserved'
  /** The Worker cannot be reached. */
  | 'skipped'
  /** For now: the lease, mostly. The reason is told. */
  | 'refused'
  /** Another digest is reserved, for good. */
  | 'of-another'

type Grant = { readonly token: number; readonly signer: string; readonly digest: string }

/** What was granted last to each holding of a lease: the Worker keeps it, so that it is asked for once. */
const grants = new WeakMap<LeaseHolding, Grant>()

/**
 * Reserves a commit, which need not be bound yet. If the Worker cannot be reached, the leaseholder goes
 * on alone; that another commit is reserved is final.
 */
export async function reservationOf(world: World, vote: Vote): Promise<ReservationOutcome> {
  const { worker, lease, log, network, pace, sleep, nowMs } = world
  const { votingRoundId, submitAddress: signer } = vote
  const digest = digestOf(vote, 'submit1')
  const isTooLate = patience(network.schedule, votingRoundId, nowMs())
  for (;;) {
    const token = lease.token()
    if (token === undefined) {
      log({ event: 'commit-refused', voting_round_id: votingRoundId, reason: 'The lease is gone.' })
      return 'refused'
    }
    if (isGranted(lease, { token, signer, digest })) return 'reserved'
    const reservation = {
      fencing_token: token,
      signer,
      kind: 'commit',
      protocol_id: protocolIds.ftso,
      voting_round_id: votingRoundId,
      digest,
    } as const
    const answer = await worker.reserve(reservation, pace.workerMs)
    if (answer.kind === 'refused') return await refused(world, vote, answer)
    if (answer.kind === 'unreachable') {
      log({ event: 'reservation-skipped', voting_round_id: votingRoundId, reason: answer.reason })
      return 'skipped'
    }
    const isWaiting = answer.value.standby_waits === true
    if (isWaiting && !isTooLate(nowMs() + standbyLookMs)) {
      await sleep(standbyLookMs)
      continue
    }
    if (isWaiting) log({ event: 'standby-not-waited-for', voting_round_id: votingRoundId })
    grants.set(lease, { token, signer, digest })
    return 'reserved'
  }
}

function isGranted(lease: LeaseHolding, asked: Grant): boolean {
  const { token, signer, digest } = grants.get(lease) ?? {}
  return token === asked.token && signer === asked.signer && digest === asked.digest
}

/**
 * Until when a standby is waited for: as long as the timetable leaves for it behind an ordinary freeze
 * (6 s of 90), from now on, and never beyond the instant of the commit, for nobody is worth a late one. A
 * person who signs early keeps the rest of the time. A clock that jumps ends it.
 */
function patience(schedule: EpochSchedule, votingRoundId: number, fromMs: number) {
  const { freezeAt, commitBy } = timetableMs(schedule)
  const byMs = votingRoundStartMs(schedule, votingRoundId) + commitBy
  return (atMs: number) => atMs >= byMs || Math.abs(atMs - fromMs) >= commitBy - freezeAt
}

async function refused(
  world: World,
  vote: Vote,
  answer: Extract<Answer<unknown>, { kind: 'refused' }>,
): Promise<ReservationOutcome> {
  const { votingRoundId } = vote
  world.log({ event: 'reservation-refused', voting_round_id: votingRoundId, code: answer.code })
  await answerLoss(world, answer)
  return answer.code === 'digest-differs' ? 'of-another' : 'refused'
}

/** A token that is no longer the present one is given up at once, and the lease asked for anew. */
export async function answerLoss(
  { lease }: { readonly lease: Pick<LeaseHolding, 'lose' | 'renew'> },
  answer: Answer<unknown>,
): Promise<void> {
  if (answer.kind !== 'refused' || answer.code !== 'lease-lost') return
  lease.lose()
  await lease.renew()
}
