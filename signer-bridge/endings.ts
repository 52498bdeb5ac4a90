/** What became of a call: looks for it on chain, and tells the journal, the metrics and the log. */

import { votingRoundStartMs } from '../src/protocol/epoch.ts'
import { timetableMs } from '../src/protocol/timetable.ts'
import type { CallStatus } from './journal/rounds.ts'
import { type Landed, landedOf } from './pursue.ts'
import { reportOf } from './reports.ts'
import { isInWindow } from './timeline.ts'
import type { CallKind, Vote } from './vote.ts'
import type { World } from './world.ts'

type Look = { readonly isLast: boolean }

/** What became of the commit; looks for it if that is not known. */
export async function commitStatus(
  world: World,
  votingRoundId: number,
  look: Look = { isLast: false },
): Promise<CallStatus> {
  const { journal, metrics, log } = world
  const known = journal.statusOf(votingRoundId, 'submit1')
  if (known !== undefined && known !== 'planned') return known
  const found = await judgedCall(world, votingRoundId, 'submit1', look)
  if (found === undefined) return 'planned'

  const { landed, counts: isInRound } = found
  if (isInRound) {
    const isRevealed = journal.statusOf(votingRoundId, 'submit2') === 'confirmed'
    const obligation = isRevealed ? 'met' : undefined
    settle(world, votingRoundId, 'submit1', { status: 'confirmed', landed, obligation })
    const { frozenAtMs } = voteIn(world, votingRoundId)
    metrics.commitLanded(landed.receipt.timestampSec - frozenAtMs / 1_000)
  } else {
    const error = 'The commit landed after its round and does not count.'
    settle(world, votingRoundId, 'submit1', { status: 'failed', landed, error })
  }
  metrics.stageReached(isInRound ? 'committed' : 'commit-failed')
  log({ event: isInRound ? 'commit-confirmed' : 'commit-late', ...placeOf(votingRoundId, landed) })
  return isInRound ? 'confirmed' : 'failed'
}

/**
 * What became of the reveal; looks for it if that is not known. The round stays open while the end
 * of its commit is not known.
 */
export async function revealStatus(
  world: World,
  votingRoundId: number,
  look: Look = { isLast: false },
): Promise<CallStatus> {
  const known = world.journal.statusOf(votingRoundId, 'submit2')
  if (known !== undefined && known !== 'planned') return known
  const found = await judgedCall(world, votingRoundId, 'submit2', look)
  if (found === undefined) return 'planned'
  noteReveal(world, votingRoundId, found)
  return found.counts ? 'confirmed' : 'failed'
}

function noteReveal(world: World, votingRoundId: number, { landed, counts }: Judged): void {
  const { journal, metrics, network, log } = world
  const { schedule } = network
  const deadlineMs =
    votingRoundStartMs(schedule, votingRoundId + 1) + timetableMs(schedule).revealDeadline
  const marginMs = deadlineMs - landed.receipt.timestampSec * 1_000
  const wasOwed = journal.statusOf(votingRoundId, 'submit1') === 'confirmed'
  if (counts) {
    const obligation = wasOwed ? 'met' : undefined
    settle(world, votingRoundId, 'submit2', { status: 'confirmed', landed, obligation })
    metrics.revealLanded(marginMs / 1_000)
    metrics.stageReached('revealed')
  } else {
    const obligation = wasOwed ? 'missed' : undefined
    const error = 'The reveal landed after its window.'
    settle(world, votingRoundId, 'submit2', { status: 'failed', landed, error, obligation })
    if (wasOwed) metrics.stageReached('reveal-missed')
  }
  log({
    event: counts ? 'reveal-confirmed' : 'reveal-late',
    ...placeOf(votingRoundId, landed),
    margin_ms: marginMs,
  })
}

type Judged = { readonly landed: Landed; readonly counts: boolean }

/**
 * A call on chain and whether it counts. One outside of its window is only judged at the last look:
 * another of its transactions may count, and not be seen yet.
 */
async function judgedCall(
  world: World,
  votingRoundId: number,
  kind: CallKind,
  { isLast }: Look,
): Promise<Judged | undefined> {
  const landed = await landedOf(world, votingRoundId, kind)
  if (landed === undefined) return undefined
  const { schedule } = world.network
  const counts = isInWindow(schedule, { votingRoundId, kind }, landed.receipt.timestampSec)
  return counts || isLast ? { landed, counts } : undefined
}

export type Ending = {
  readonly status: 'confirmed' | 'failed' | 'missed'
  readonly landed?: Landed
  readonly error?: string
  readonly obligation?: 'met' | 'missed' | 'void' | undefined
}

/** Notes a call's end in the journal, with its report. */
export function settle(world: World, votingRoundId: number, kind: CallKind, ending: Ending): void {
  const { journal, network, submitAddress } = world
  const { status, landed, obligation } = ending
  const atMs = Math.round(world.nowMs())
  // Whether a call has reverted is nothing to the protocol, which reads its calldata.
  const reverted = landed?.receipt.hasReverted === true ? 'The call reverted.' : undefined
  const error = ending.error ?? reverted
  const report = reportOf({
    chainId: network.chainId,
    submitAddress,
    votingRoundId,
    kind,
    status,
    atMs,
    attempts: journal.attempts(votingRoundId, kind).length,
    ...(landed !== undefined && landed),
    ...(error !== undefined && { error }),
  })
  journal.settle({
    votingRoundId,
    kind,
    status,
    atMs,
    report,
    ...(landed !== undefined && { landedNonce: landed.attempt.nonce }),
    ...(obligation !== undefined && { obligation }),
  })
}

/** The vote of a round that is known to have one. */
export function voteIn({ journal }: World, votingRoundId: number): Vote {
  const vote = journal.vote(votingRoundId)
  if (vote === undefined) throw new Error(`Round ${votingRoundId} is not in the journal.`)
  return vote
}

function placeOf(votingRoundId: number, { attempt, receipt }: Landed) {
  return {
    voting_round_id: votingRoundId,
    tx_hash: attempt.txHash,
    block_number: receipt.blockNumber,
    block_timestamp: receipt.timestampSec,
  }
}
