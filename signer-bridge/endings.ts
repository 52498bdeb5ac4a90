/** What became of a call: looks for it on chain, and tells the journal, the metrics and the log. */

import type { OwnCall } from './call.ts'
import type { CallStatus } from './journal/calls.ts'
import { type Landed, landedOf } from './landed.ts'
import { reportOf } from './reports.ts'
import type { Vote, VoteKind } from './vote.ts'
import { isInWindow, windowOf } from './windows.ts'
import type { World } from './world.ts'

type Look = { readonly isLast: boolean }

/** What became of the commit; looks for it if that is not known. */
export async function commitStatus(
  world: World,
  votingRoundId: number,
  look: Look = { isLast: false },
): Promise<CallStatus> {
  const { journal, metrics, log } = world
  const vote = voteIn(world, votingRoundId)
  const call = callOf(vote, 'submit1')
  const known = journal.statusOf(call)
  if (known !== undefined && known !== 'planned') return known
  const found = await judgedCall(world, call, look)
  if (found === undefined) return 'planned'

  const { landed, counts: isInRound } = found
  if (isInRound) {
    const isRevealed = journal.statusOf(callOf(vote, 'submit2')) === 'confirmed'
    const obligation = isRevealed ? 'met' : undefined
    settle(world, call, { status: 'confirmed', landed, obligation })
    metrics.commitLanded(landed.receipt.timestampSec - vote.frozenAtMs / 1_000)
  } else {
    const error = 'The commit landed after its round and does not count.'
    settle(world, call, { status: 'failed', landed, error })
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
  const vote = voteIn(world, votingRoundId)
  const call = callOf(vote, 'submit2')
  const known = world.journal.statusOf(call)
  if (known !== undefined && known !== 'planned') return known
  const found = await judgedCall(world, call, look)
  if (found === undefined) return 'planned'
  noteReveal(world, vote, found)
  return found.counts ? 'confirmed' : 'failed'
}

function noteReveal(world: World, vote: Vote, { landed, counts }: Judged): void {
  const { journal, metrics, network, log } = world
  const call = callOf(vote, 'submit2')
  const marginMs = windowOf(network.schedule, call).untilMs - landed.receipt.timestampSec * 1_000
  const wasOwed = journal.statusOf(callOf(vote, 'submit1')) === 'confirmed'
  if (counts) {
    const obligation = wasOwed ? 'met' : undefined
    settle(world, call, { status: 'confirmed', landed, obligation })
    metrics.revealLanded(marginMs / 1_000)
    metrics.stageReached('revealed')
  } else {
    const obligation = wasOwed ? 'missed' : undefined
    const error = 'The reveal landed after its window.'
    settle(world, call, { status: 'failed', landed, error, obligation })
    if (wasOwed) metrics.stageReached('reveal-missed')
  }
  log({
    ...revealEvent(counts, wasOwed),
    ...placeOf(vote.votingRoundId, landed),
    margin_ms: marginMs,
  })
}

/** A late reveal of a commit that does not count is no loss. */
function revealEvent(counts: boolean, wasOwed: boolean) {
  if (counts) return { event: 'reveal-confirmed' }
  return wasOwed ? { event: 'reveal-late' } : { event: 'unowed-reveal-late' }
}

export type Judged = { readonly landed: Landed; readonly counts: boolean }

/**
 * A call on chain and whether it counts. One outside of its window is only judged at the last look:
 * another of its transactions may count, and not be seen yet.
 */
export async function judgedCall(
  world: World,
  call: OwnCall,
  { isLast }: Look,
): Promise<Judged | undefined> {
  const landed = await landedOf(world, call, isLast)
  if (landed === undefined) return undefined
  const counts = isInWindow(world.network.schedule, call, landed.receipt.timestampSec)
  return counts || isLast ? { landed, counts } : undefined
}

export type Ending = {
  readonly status: 'confirmed' | 'failed' | 'missed'
  readonly landed?: Landed
  readonly error?: string
  readonly obligation?: 'met' | 'missed' | 'void' | undefined
  /** Another bridge of ours has told, or will tell, how it really ended. */
  readonly isUntold?: boolean
}

/** Notes a call's end in the journal, with its report. */
export function settle(world: World, call: OwnCall, ending: Ending): void {
  const { journal, network } = world
  const { status, landed, obligation } = ending
  const atMs = Math.round(world.nowMs())
  // Whether a call has reverted is nothing to the protocol, which reads its calldata.
  const reverted = landed?.receipt.hasReverted === true ? 'The call reverted.' : undefined
  const error = ending.error ?? reverted
  const report = reportOf({
    chainId: network.chainId,
    call,
    status,
    atMs,
    attempts: journal.attempts(call).length,
    ...(landed !== undefined && landed),
    ...(error !== undefined && { error }),
  })
  const { signer, votingRoundId, kind, part } = call
  journal.settle({
    signer,
    votingRoundId,
    kind,
    part,
    status,
    atMs,
    // The house hears of prices only: a part that carries none is another protocol's.
    ...(part === 'main' && ending.isUntold !== true && { report }),
    ...(landed !== undefined && { landed: costOf(landed) }),
    ...(obligation !== undefined && { obligation }),
  })
}

function costOf({ attempt, receipt }: Landed) {
  return { nonce: attempt.nonce, gasUsed: receipt.gasUsed, feeWei: receipt.feeWei }
}

/** The vote of a round that is known to have one. */
export function voteIn({ journal }: World, votingRoundId: number): Vote {
  const vote = journal.vote(votingRoundId)
  if (vote === undefined) throw new Error(`Round ${votingRoundId} is not in the journal.`)
  return vote
}

/** One of the two calls of a vote: the one that carries it. */
export function callOf({ votingRoundId, submitAddress }: Vote, kind: VoteKind): OwnCall {
  return { votingRoundId, kind, part: 'main', signer: submitAddress }
}

function placeOf(votingRoundId: number, { attempt, receipt }: Landed) {
  return {
    voting_round_id: votingRoundId,
    tx_hash: attempt.txHash,
    block_number: receipt.blockNumber,
    block_timestamp: receipt.timestampSec,
  }
}
