/**
 * From a frozen vector to a round that is bound to it, for whoever sends it then: held against medians,
 * made a vote, and on the disk before a word of it is told or signed.
 */

import type { FrozenRound } from '../src/protocol/bridge-wire.ts'
import { guardedRound } from './guarding.ts'
import type { RoundBook } from './journal/rounds.ts'
import { type Asked, type Vote, voteOf } from './vote.ts'
import type { World } from './world.ts'

type VoteDeps = Pick<World, 'guard' | 'log' | 'network' | 'nowMs' | 'randomOf'>

type BindDeps = Pick<World, 'log' | 'nowMs'> & {
  readonly journal: Pick<RoundBook, 'prepare'>
  readonly metrics: Pick<World['metrics'], 'stageReached'>
}

type Asking = Omit<Asked, 'schedule' | 'random' | 'nowMs'>

/** What a vector may become. */
export type Votes = {
  /** Without the prices that stray by the medians known here: what this bridge commits to. */
  readonly guarded: Vote
  /** All that was frozen: whatever another bridge of ours leaves out is left out of this. */
  readonly plain: Vote
}

/** The votes of a vector. @throws {VoteError} as `voteOf` does */
export function votesOf(deps: VoteDeps, frozen: FrozenRound, asking: Asking): Votes {
  const { network, nowMs, randomOf } = deps
  const { votingRoundId, submitAddress } = asking
  const random = randomOf(submitAddress, votingRoundId)
  const asked = { ...asking, schedule: network.schedule, random, nowMs: nowMs() }
  const plain = voteOf(frozen, asked)
  return { plain, guarded: voteOf(guardedRound(deps, frozen), asked) }
}

/** Binds a round to a vote. @throws {JournalError} as `prepare` does */
export function bindRound(deps: BindDeps, vote: Vote, { feeds }: Pick<Asking, 'feeds'>): void {
  const { journal, log, metrics, nowMs } = deps
  journal.prepare(vote, Math.round(nowMs()))
  metrics.stageReached('frozen')
  log({
    event: 'round-prepared',
    voting_round_id: vote.votingRoundId,
    reward_epoch_id: vote.rewardEpochId,
    feeds: feeds.length,
    frozen_at: vote.frozenAtMs,
    commit: vote.commit,
  })
}

/**
 * Binds a round to the vote that its vector makes.
 *
 * @throws {VoteError} as `voteOf` does
 * @throws {JournalError} as `prepare` does
 */
export function prepareRound(deps: VoteDeps & BindDeps, frozen: FrozenRound, asking: Asking): void {
  bindRound(deps, votesOf(deps, frozen, asking).guarded, asking)
}
