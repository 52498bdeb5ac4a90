/**
 * From a frozen vector to a round that is bound to it, for whoever sends it then: held against medians,
 * made a vote, and on the disk before a word of it is told or signed.
 */

import type { FrozenRound } from '../src/protocol/bridge-wire.ts'
import { guardedRound } from './guarding.ts'
import type { RoundBook } from './journal/rounds.ts'
import { type Asked, voteOf } from './vote.ts'
import type { World } from './world.ts'

type Deps = Pick<World, 'guard' | 'log' | 'network' | 'nowMs' | 'randomOf'> & {
  readonly journal: Pick<RoundBook, 'prepare'>
  readonly metrics: Pick<World['metrics'], 'stageReached'>
}

/**
 * Binds a round to the vote that its vector makes.
 *
 * @throws {VoteError} as `voteOf` does
 * @throws {JournalError} as `prepare` does
 */
export function prepareRound(
  deps: Deps,
  frozen: FrozenRound,
  asked: Omit<Asked, 'schedule' | 'random' | 'nowMs'>,
): void {
  const { journal, log, metrics, network, nowMs, randomOf } = deps
  const { votingRoundId, rewardEpochId, feeds, submitAddress } = asked
  const vote = voteOf(guardedRound(deps, frozen), {
    ...asked,
    schedule: network.schedule,
    random: randomOf(submitAddress, votingRoundId),
    nowMs: nowMs(),
  })
  journal.prepare(vote, Math.round(nowMs()))
  metrics.stageReached('frozen')
  log({
    event: 'round-prepared',
    voting_round_id: votingRoundId,
    reward_epoch_id: rewardEpochId,
    feeds: feeds.length,
    frozen_at: vote.frozenAtMs,
    commit: vote.commit,
  })
}
