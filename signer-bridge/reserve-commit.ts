/**
 * The reservation of a commit at the Worker, so that no second bridge of ours sends another; and the
 * moment that a standby is given to write the vector down before the commit goes out.
 */

import { protocolIds } from '../src/protocol/payload.ts'
import { votingRoundStartMs } from '../src/protocol/epoch.ts'
import { timetableMs } from '../src/protocol/timetable.ts'
import { callOf, settle } from './endings.ts'
import { digestOf, type Vote } from './vote.ts'
import type { Answer } from './worker-client.ts'
import type { World } from './world.ts'

/** Between two looks whether the standby has it. It asks every quarter of a second. */
const standbyLookMs = 200

/**
 * Reserves a commit. If the Worker cannot be reached, the leaseholder goes on alone; a refusal is
 * final.
 *
 * @returns Whether it may be sent.
 */
export async function isReserved(world: World, vote: Vote): Promise<boolean> {
  const { worker, lease, log, network, pace, sleep, nowMs } = world
  const { votingRoundId, submitAddress } = vote
  const { schedule } = network
  const byMs = votingRoundStartMs(schedule, votingRoundId) + timetableMs(schedule).commitBy
  for (;;) {
    const token = lease.token()
    if (token === undefined) {
      log({ event: 'commit-refused', voting_round_id: votingRoundId, reason: 'The lease is gone.' })
      return false
    }
    const reservation = {
      fencing_token: token,
      signer: submitAddress,
      kind: 'commit',
      protocol_id: protocolIds.ftso,
      voting_round_id: votingRoundId,
      digest: digestOf(vote, 'submit1'),
    } as const
    const answer = await worker.reserve(reservation, pace.workerMs)
    if (answer.kind === 'refused') return await refused(world, vote, answer)
    if (answer.kind === 'unreachable') {
      log({ event: 'reservation-skipped', voting_round_id: votingRoundId, reason: answer.reason })
      return lease.token() !== undefined
    }
    if (answer.value.standby_waits !== true) return true
    // Nobody is worth a late commit.
    if (nowMs() + standbyLookMs >= byMs) {
      log({ event: 'standby-not-waited-for', voting_round_id: votingRoundId })
      return true
    }
    await sleep(standbyLookMs)
  }
}

async function refused(
  world: World,
  vote: Vote,
  answer: Extract<Answer<unknown>, { kind: 'refused' }>,
): Promise<false> {
  const { votingRoundId } = vote
  world.log({ event: 'reservation-refused', voting_round_id: votingRoundId, code: answer.code })
  await answerLoss(world, answer)
  if (answer.code === 'digest-differs') {
    const error = 'Another bridge has reserved another commit for the round.'
    settle(world, callOf(vote, 'submit1'), { status: 'missed', error })
    world.metrics.stageReached('commit-missed')
  }
  return false
}

/** A token that is no longer the present one is given up at once, and the lease asked for anew. */
export async function answerLoss(
  { lease }: Pick<World, 'lease'>,
  answer: Answer<unknown>,
): Promise<void> {
  if (answer.kind !== 'refused' || answer.code !== 'lease-lost') return
  lease.lose()
  await lease.renew()
}
