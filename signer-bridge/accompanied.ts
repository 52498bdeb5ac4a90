/**
 * One of a vote's two calls with what companions have to say in it, as far as that is there in time,
 * bound by the journal and paid for. Whatever of it is not goes out later, or never: our own frame goes
 * in any case.
 */

import { isAffordable } from './companions/affordable.ts'
import { claimable } from './companions/claimable.ts'
import { companionFrames } from './companions/gather.ts'
import { patienceMs } from './companions/patience.ts'
import { callOf } from './endings.ts'
import type { FeePolicy } from './fees.ts'
import type { Heads } from './heads.ts'
import type { Quarry } from './pursue.ts'
import type { RoleKey } from './roles.ts'
import { blockTimeMs } from './timeline.ts'
import { calldataOf, type Vote, type VoteKind } from './vote.ts'
import type { World } from './world.ts'

type Sending = {
  readonly vote: Vote
  readonly kind: VoteKind
  readonly key: RoleKey
  readonly policy: FeePolicy
}

/** The call to be brought on chain; companions are asked only as long as it is not fixed. */
export async function accompanied(
  world: World,
  heads: Heads,
  { vote, kind, key, policy }: Sending,
): Promise<Omit<Quarry, 'maySend'>> {
  const { companions, journal, pace, network, log } = world
  const { votingRoundId, submitAddress } = vote
  const isFixed = journal.calldataOf(callOf(vote, kind)) !== undefined
  const nowMs = blockTimeMs(heads.moment())
  const { schedule } = network
  const deadlineMs = patienceMs({ schedule, kind, votingRoundId, nowMs, mostMs: pace.workerMs })
  const asking = { kind, votingRoundId, submitAddress, deadlineMs }
  const said = isFixed || deadlineMs === 0 ? [] : await companionFrames(companions, asking, log)
  const frames = claimable(journal, callOf(vote, kind), said)
  const compose = () => {
    const alone = calldataOf(vote, kind)
    const full = calldataOf(vote, kind, frames)
    const balanceWei = world.balanceWei(key.address)
    const measured = journal.gasMeasured(kind)
    if (full === alone || isAffordable({ calldata: full, measured, policy, balanceWei })) {
      return { calldata: full }
    }
    log({ event: 'companions-left-out', voting_round_id: votingRoundId, kind })
    return { calldata: alone }
  }
  const call = { votingRoundId, kind, part: 'main' } as const
  return { call, key, policy, compose, moment: heads.moment }
}
