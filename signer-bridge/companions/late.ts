/**
 * What a companion had not ready in time: our own call has gone without it, and its frame goes out by
 * itself as long as its window is open. That costs the full fee and is worth it.
 */

import { votingRoundAt, votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { readSubmission } from '../../src/protocol/submission.ts'
import type { OwnCall } from '../call.ts'
import { callOf, judgedCall, settle } from '../endings.ts'
import { latePolicy } from '../fees.ts'
import type { Heads } from '../heads.ts'
import { keyHolding } from '../keyring.ts'
import { pursue } from '../pursue.ts'
import { chainTimeMs, closesAfterMs, isProvenPast } from '../timeline.ts'
import { windowOf } from '../windows.ts'
import type { World } from '../world.ts'
import { composed } from './calldata.ts'
import { claimable } from './claimable.ts'
import { companionFrames } from './gather.ts'

/**
 * Looks after the frames of the last round that are not on their way yet. Called when nothing of our
 * own is due: ours comes first, and both are sent with one key.
 */
export async function sendLate(world: World, heads: Heads): Promise<void> {
  const { journal, network, keyring, pace } = world
  const main = confirmedReveal(world, heads)
  if (main === undefined) return
  const late: OwnCall = { ...main, part: 'late' }
  if ((journal.statusOf(late) ?? 'planned') !== 'planned') return

  const key = keyHolding(keyring, 'submit', main.signer)
  const isLast = isJudged(world, heads, main)
  if (key === undefined || (await hasEnded(world, late, isLast))) return
  const { untilMs } = windowOf(network.schedule, main)
  // What cannot land any more would only be paid for.
  const maySend = () => chainTimeMs(heads.moment()) < untilMs - pace.workerMs
  if (!maySend()) return
  const calldata = journal.calldataOf(late) ?? (await missingIn(world, main))
  if (calldata === undefined) return
  const { votingRoundId } = main
  const call = { votingRoundId, kind: 'submit2', part: 'late' } as const
  const compose = () => ({ calldata })
  const policy = latePolicy(world.feePolicy)
  await pursue(world, { call, key, compose, policy, moment: heads.moment, maySend })
}

/** Our own reveal of the last round, once it is on chain: it is first by its nonce, too. */
function confirmedReveal({ companions, journal, network }: World, heads: Heads) {
  if (companions.length === 0) return undefined
  const vote = journal.vote(votingRoundAt(network.schedule, chainTimeMs(heads.moment())) - 1)
  const main = vote && callOf(vote, 'submit2')
  return main && journal.statusOf(main) === 'confirmed' ? main : undefined
}

/** Whether no block can count it any more: then its end is known, one way or the other. */
function isJudged({ network: { schedule } }: World, heads: Heads, { votingRoundId }: OwnCall) {
  const nextMs = votingRoundStartMs(schedule, votingRoundId + 1)
  return isProvenPast(heads.moment(), nextMs + closesAfterMs(schedule))
}

/**
 * Looks for it on chain, and settles it: at the last look in any case, for what is left open is counted
 * against the day's budget at its worst.
 */
async function hasEnded(world: World, late: OwnCall, isLast: boolean): Promise<boolean> {
  if (world.journal.statusOf(late) === undefined) return false
  const found = await judgedCall(world, late, { isLast })
  if (found === undefined && !isLast) return false
  const what = { voting_round_id: late.votingRoundId }
  if (found?.counts === true) {
    settle(world, late, { status: 'confirmed', landed: found.landed })
    world.log({ event: 'late-frames-confirmed', ...what })
    return true
  }
  const wasSigned = world.journal.attempts(late).length > 0
  const error = 'The window closed before the frames of companions were on chain.'
  const landed = found && { landed: found.landed }
  settle(world, late, { status: wasSigned ? 'failed' : 'missed', error, ...landed })
  world.log({ event: 'late-frames-missed', ...what })
  return true
}

/** The calldata of what companions have by now and our own call has not. */
async function missingIn(world: World, main: OwnCall) {
  const { companions, journal, pace, log } = world
  const frames = readSubmission(journal.calldataOf(main) ?? '0x')?.frames ?? []
  const isIn = (protocolId: number) => frames.some((frame) => frame.protocolId === protocolId)
  const missing = companions.filter(({ protocolId }) => !isIn(protocolId))
  if (missing.length === 0) return undefined
  const { votingRoundId, signer: submitAddress } = main
  const asking = {
    kind: 'submit2',
    votingRoundId,
    submitAddress,
    deadlineMs: pace.workerMs,
  } as const
  const said = await companionFrames(missing, asking, log)
  const [first, ...others] = claimable(journal, main, said)
  return first && composed('submit2', first, others).calldata
}
