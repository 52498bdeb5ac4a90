/**
 * Standing by: a bridge without the lease gets every frozen vector before its commit goes out, and
 * keeps on its own disk what it would take to reveal it. The random is derived from the operator's
 * secret, which both have; no cloud knows it.
 */

import { votingRoundAt, votingRoundStartMs } from '../src/protocol/epoch.ts'
import { timetableMs } from '../src/protocol/timetable.ts'
import type { FrozenRound } from '../src/protocol/bridge-wire.ts'
import { FeedListError } from './chain/reward-epochs.ts'
import type { Chore } from './chores.ts'
import { type Vote, voteOf } from './vote.ts'
import type { World } from './world.ts'

type StandbyWorld = Pick<
  World,
  | 'worker'
  | 'lease'
  | 'journal'
  | 'chain'
  | 'keyring'
  | 'network'
  | 'randomOf'
  | 'guard'
  | 'pace'
  | 'nowMs'
  | 'log'
>

/** Between two questions while a vector may come: the acting bridge waits for us, though not long. */
const alertMs = 250

/** The Worker forgets a standby that has not asked for ten seconds. */
const mostPauseMs = 5_000

export function standbyChore(world: StandbyWorld): Chore {
  const { worker, lease, journal, network, pace, nowMs, log } = world
  let hasHeard = false
  let said = ''
  /** Asked some times a second: what stays as it is, is told once. */
  const tell = (event: Parameters<typeof log>[0]) => {
    const line = JSON.stringify(event)
    if (line !== said) log(event)
    said = line
  }
  return async () => {
    // Asked once whoever has the lease: an older copy of this journal, come back, may lack a vector.
    if (hasHeard && lease.token() !== undefined) return pace.restMs
    const heldRounds = journal.heldVotes().map(({ votingRoundId }) => votingRoundId)
    const heldRound = heldRounds.at(-1)
    const { holder } = journal
    const request = { holder, ...(heldRound !== undefined && { held_round: heldRound }) }
    const answer = await worker.standby(request, pace.workerMs)
    if (answer.kind !== 'answered') {
      tell({ event: 'standby-not-heard', ...whyNot(answer) })
      return pace.retryMs
    }
    hasHeard = true
    const { frozen } = answer.value
    // The first vector of a round stays: a Worker that tells others is not followed.
    const isNew = frozen !== undefined && !heldRounds.includes(frozen.voting_round_id)
    if (isNew && !isOfNow(network.schedule, frozen.voting_round_id, nowMs())) {
      tell({ event: 'standby-refused', voting_round_id: frozen.voting_round_id })
      return pauseMs(network.schedule, nowMs())
    }
    said = ''
    const againMs = isNew ? hold(world, frozen) : undefined
    return againMs ?? pauseMs(network.schedule, nowMs())
  }
}

function whyNot(
  answer: Exclude<Awaited<ReturnType<StandbyWorld['worker']['standby']>>, { kind: 'answered' }>,
) {
  return answer.kind === 'refused' ? { code: answer.code } : { reason: answer.reason }
}

/** Keeps what a vector may become. @returns When to ask again, if that is not as ever. */
function hold(world: StandbyWorld, frozen: FrozenRound): number | undefined {
  const { journal, nowMs, log } = world
  const votes = votesOf(world, frozen)
  // Shortly after a start: the chain's events are read in a moment.
  if (votes === undefined) return alertMs
  journal.keepHeld(votes, Math.round(nowMs()))
  if (votes.length === 0) return undefined
  log({ event: 'round-held', voting_round_id: frozen.voting_round_id })
  // Said at once: the commit waits for it.
  return 0
}

/**
 * Whether a vector is of the present round or the one before. One of a far round would be the newest
 * that is held, and a reveal that is due would not be looked for behind it.
 */
function isOfNow(schedule: World['network']['schedule'], votingRoundId: number, nowMs: number) {
  const present = votingRoundAt(schedule, nowMs)
  return votingRoundId === present || votingRoundId === present - 1
}

/**
 * The votes that the acting bridge may make of a vector: held against medians, and as it stands.
 *
 * @returns `undefined` if the round's feeds are not read yet.
 */
function votesOf(world: StandbyWorld, frozen: FrozenRound): readonly Vote[] | undefined {
  const { keyring, network, randomOf, guard, nowMs } = world
  const votingRoundId = frozen.voting_round_id
  const ofRound = feedsOf(world, votingRoundId)
  if (ofRound === undefined) return undefined
  const { rewardEpochId, feeds } = ofRound
  const key = keyring.keyOf('submit', rewardEpochId)
  if (key === undefined) return []
  const { address: submitAddress } = key
  const { schedule } = network
  const random = randomOf(submitAddress, votingRoundId)
  const name = { votingRoundId, rewardEpochId, feeds, submitAddress, random }
  // The acting bridge may be one with a person, whose vectors are frozen earlier.
  const asked = { schedule, ...name, isAttended: true, nowMs: nowMs() }
  const plain = voteOf(frozen, asked)
  const held = voteOf(
    { ...frozen, entries: [...guard(votingRoundId, frozen.entries).entries] },
    asked,
  )
  return held.commit === plain.commit ? [plain] : [held, plain]
}

function feedsOf({ chain }: StandbyWorld, votingRoundId: number) {
  try {
    return chain.feedsOf(votingRoundId)
  } catch (error) {
    if (error instanceof FeedListError && error.code === 'search-outdated') return undefined
    throw error
  }
}

/** Alert from when a vector may be frozen until its commit must be out. */
function pauseMs(schedule: World['network']['schedule'], nowMs: number): number {
  const round = votingRoundAt(schedule, nowMs)
  const { freezeFromAttended, lastCommit } = timetableMs(schedule)
  const sinceMs = nowMs - votingRoundStartMs(schedule, round)
  if (sinceMs >= freezeFromAttended && sinceMs < lastCommit) return alertMs
  const untilMs = sinceMs < freezeFromAttended ? freezeFromAttended - sinceMs : mostPauseMs
  return Math.min(mostPauseMs, Math.max(alertMs, untilMs))
}
