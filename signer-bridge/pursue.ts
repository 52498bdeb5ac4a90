/**
 * Gets one call on chain, one step at a time: look for it, and if it is not there, send it, or send
 * it again, or replace it by the same call with a higher fee. The same calldata always.
 */

import { type Hex, keccak256 } from 'viem'
import { votingRoundStartMs } from '../src/protocol/epoch.ts'
import { timetableMs } from '../src/protocol/timetable.ts'
import type { Receipt } from './chain/chain.ts'
import { commitPolicy } from './fees.ts'
import type { NonceHolder } from './journal/attempts.ts'
import type { Attempt } from './journal/rows.ts'
import { attemptPlan } from './nonce.ts'
import { reportOf } from './reports.ts'
import { signCall } from './signer.ts'
import { isInWindow, isProvenPast, type Moment } from './timeline.ts'
import { calldataOf, type CallKind, digestOf, type Vote } from './vote.ts'
import type { World } from './world.ts'

export type Landed = { readonly attempt: Attempt; readonly receipt: Receipt }

/** A call to be brought on chain. */
export type Quarry = {
  readonly vote: Vote
  readonly kind: CallKind
  readonly moment: () => Moment
  /** Asked before each signature, and after it, before anything is written or sent. */
  readonly maySend: () => boolean
}

/** The transaction of a call that is on chain, if one is: one that counts before all others. */
export async function landedOf(
  { chain, journal, network }: Pick<World, 'chain' | 'journal' | 'network'>,
  votingRoundId: number,
  kind: CallKind,
): Promise<Landed | undefined> {
  const attempts = journal.attempts(votingRoundId, kind)
  if (attempts.length === 0) return undefined
  const receipts = await chain.receiptsOf(attempts.map(({ txHash }) => txHash))
  const landed = receipts
    .toSorted((one, other) => one.blockNumber - other.blockNumber)
    .flatMap((receipt): Landed[] => {
      const attempt = attempts.find(({ txHash }) => txHash === receipt.txHash)
      return attempt === undefined ? [] : [{ attempt, receipt }]
    })
  const call = { votingRoundId, kind }
  const counts = ({ receipt }: Landed) => isInWindow(network.schedule, call, receipt.timestampSec)
  return landed.find(counts) ?? landed[0]
}

/** Sends a call that is not on chain yet, if it is time to. */
export async function pursue(world: World, quarry: Quarry): Promise<void> {
  const { chain, journal, pace, nowMs } = world
  const { vote, kind } = quarry
  const { head } = quarry.moment()
  if (head === undefined) return

  const attempts = journal.attempts(vote.votingRoundId, kind)
  // A node that cannot count may still take what has been signed.
  const count = await chain.latestCount().catch(() => attempts.at(-1)?.nonce)
  if (count === undefined) return
  const freeNonce = Math.max(count, journal.nonceFloor())
  const offered = journal.offeredAt(freeNonce)
  const plan = attemptPlan({
    attempts,
    freeNonce,
    ...(offered !== undefined && { offered }),
    baseFeeWei: head.baseFeeWei,
    policy: kind === 'submit1' ? commitPolicy(world.feePolicy) : world.feePolicy,
    nowMs: nowMs(),
    resendMs: pace.resendMs,
  })
  if (plan.kind === 'wait' || !quarry.maySend()) return
  const attempt = plan.kind === 'repeat' ? plan.attempt : await signedAttempt(world, quarry, plan)
  if (attempt !== undefined) await send(world, attempt)
}

/** Claims the nonce, signs, and writes down what was signed, in this order. */
async function signedAttempt(
  world: World,
  quarry: Quarry,
  { nonce, fees }: Pick<Attempt, 'nonce' | 'fees'>,
): Promise<Attempt | undefined> {
  const { journal, signer, submitAddress, network, nowMs } = world
  const { vote, kind, moment, maySend } = quarry
  const { votingRoundId } = vote
  const calldata: Hex = calldataOf(vote, kind)
  journal.claimNonce(
    { votingRoundId, kind, nonce, calldataHash: keccak256(calldata), digest: digestOf(vote, kind) },
    (holder) => isOver(world, holder, moment()),
  )
  const { chainId } = network
  const signed = await signCall(signer, submitAddress, { chainId, nonce, calldata, fees })
  // A slow signer may have let the window pass: then nothing is out, and nothing is owed for it.
  if (!maySend()) return undefined
  const attempt: Attempt = {
    votingRoundId,
    kind,
    nonce,
    fees,
    signedAtMs: Math.round(nowMs()),
    state: 'signed',
    ...signed,
  }
  journal.recordAttempt(attempt)
  return attempt
}

async function send(world: World, attempt: Attempt): Promise<void> {
  const { chain, journal, log, network, submitAddress, nowMs } = world
  const { votingRoundId, kind, txHash, nonce } = attempt
  const outcome = await chain.send(attempt.raw)
  const what = { voting_round_id: votingRoundId, kind, tx_hash: txHash, nonce }
  if (outcome.kind !== 'accepted') {
    if (outcome.kind === 'underpriced') journal.markAttempt(txHash, 'underpriced')
    const reason = 'reason' in outcome ? { reason: outcome.reason } : {}
    log({ event: 'call-not-taken', ...what, outcome: outcome.kind, ...reason })
    return
  }
  const attempts = journal.attempts(votingRoundId, kind).length
  const told = { votingRoundId, kind, status: 'sent', atMs: nowMs(), attempts, attempt } as const
  journal.markAttempt(
    txHash,
    'accepted',
    reportOf({ chainId: network.chainId, submitAddress, ...told }),
  )
  log({ event: 'call-sent', ...what, attempts })
}

/** Whether no block can count a call any more: then another call may have its nonce. */
function isOver({ network: { schedule } }: World, holder: NonceHolder, moment: Moment): boolean {
  const nextMs = votingRoundStartMs(schedule, holder.votingRoundId + 1)
  const endMs = holder.kind === 'submit1' ? nextMs : nextMs + timetableMs(schedule).revealDeadline
  return isProvenPast(moment, endMs)
}
