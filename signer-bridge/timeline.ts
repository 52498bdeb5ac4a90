/**
 * What to do now: the one place that decides it, from what the journal knows, the last block's
 * stamp and the clock. Pure, so that every second of a round can be tested.
 *
 * The chain counts commits and reveals by the stamp of their block. A commit is therefore sent with
 * room to land before its round ends, and a reveal only after a block of the next round was seen.
 */

import { type EpochSchedule, votingRoundAt, votingRoundStartMs } from '../src/protocol/epoch.ts'
import { timetableMs } from '../src/protocol/timetable.ts'

/** The latest block seen. */
export type Head = {
  readonly number: number
  readonly timestampSec: number
  readonly baseFeeWei: bigint
  /** Where several nodes tell the time: it is no later than this. Unix milliseconds. */
  readonly sureMs?: number
  /** Where two nodes that seem to know the time differ on it: by so much. Milliseconds. */
  readonly apartMs?: number
}

export type Moment = {
  /** This machine's clock, Unix milliseconds. */
  readonly wallMs: number
  /** Whether that clock agrees with the stamps of blocks. */
  readonly isClockTrusted: boolean
  readonly head?: Head
  /** Since the head was seen, by a clock that never jumps. */
  readonly sinceHeadMs: number
}

/** A round that is prepared in the journal and not over. */
export type OpenRound = {
  readonly votingRoundId: number
  /** A commit may be out, so that its reveal must follow. */
  readonly owesReveal: boolean
  /** What became of the commit is known. */
  readonly isCommitSettled: boolean
}

export type Known = {
  /** In ascending order. */
  readonly openRounds: readonly OpenRound[]
  /** The last round that was prepared, open or not: it is never prepared anew. */
  readonly latestRoundId?: number
  /** Whether new rounds may begin: not while the process is about to end. */
  readonly mayBegin: boolean
  /** Whether a person signs, who is slow: then the vector is asked for earlier. */
  readonly isAttended?: boolean
}

export type Step =
  /** Ask for the vector, bind it, commit to it. */
  | { readonly kind: 'freeze'; readonly votingRoundId: number }
  /** Get the commit on chain: send it, look for it, send it again. */
  | { readonly kind: 'commit'; readonly votingRoundId: number }
  /** No more sending: only look whether the commit landed. */
  | { readonly kind: 'await-commit'; readonly votingRoundId: number }
  /** The commit was never sent, and it is too late now. */
  | { readonly kind: 'drop'; readonly votingRoundId: number }
  | { readonly kind: 'reveal'; readonly votingRoundId: number }
  | { readonly kind: 'await-reveal'; readonly votingRoundId: number }
  /** A block proves that the window of the reveal is over. */
  | { readonly kind: 'close'; readonly votingRoundId: number }
  /** Nothing, until block time is `untilMs`. */
  | { readonly kind: 'rest'; readonly untilMs: number }

/**
 * Where block time stands, Unix milliseconds: by the last block's stamp and the time since, or by
 * the clock if that agrees and is ahead of it, for a stamp is cut to seconds and arrives late.
 */
export function blockTimeMs({ wallMs, isClockTrusted, head, sinceHeadMs }: Moment): number {
  if (head === undefined) return wallMs
  const byBlocksMs = head.timestampSec * 1_000 + sinceHeadMs
  return isClockTrusted ? Math.max(wallMs, byBlocksMs) : byBlocksMs
}

/**
 * Block time by the last block's stamp and the time since alone, Unix milliseconds: what is owed
 * goes by it, for a clock that jumps is trusted until the next few blocks. Where nodes differ it is no
 * later than the older of them bears out: a reveal that is sent on when its time is over harms nobody,
 * and one that is sent before its time, or not at all, does. Before the first block it has not begun.
 */
export function chainTimeMs({ head, sinceHeadMs }: Moment): number {
  if (head === undefined) return Number.NEGATIVE_INFINITY
  return Math.min(head.timestampSec * 1_000, head.sureMs ?? Number.POSITIVE_INFINITY) + sinceHeadMs
}

/** Whether a block proves that no later block can be stamped before `instantMs`. */
export function isProvenPast(moment: Moment, instantMs: number): boolean {
  const { head } = moment
  if (head === undefined || head.timestampSec * 1_000 < instantMs) return false
  return head.sureMs === undefined || chainTimeMs(moment) >= instantMs
}

/** The one thing to do at this moment. What is owed comes first, the oldest before all. */
export function stepAt(schedule: EpochSchedule, known: Known, moment: Moment): Step {
  for (const round of known.openRounds) {
    const step = round.owesReveal
      ? owedStep(schedule, round, moment)
      : unsentStep(schedule, round, moment)
    if (step !== undefined) return step
  }
  return beginStep(schedule, known, moment)
}

/** Whether a commit of this round may still be sent: it must have time to land in the round. */
export function mayCommit(schedule: EpochSchedule, votingRoundId: number, moment: Moment): boolean {
  const startMs = votingRoundStartMs(schedule, votingRoundId)
  const nowMs = blockTimeMs(moment)
  return (
    moment.isClockTrusted &&
    nowMs >= startMs &&
    nowMs < startMs + timetableMs(schedule).lastCommit &&
    moment.wallMs < startMs + timetableMs(schedule).lastCommit
  )
}

/**
 * Whether the reveal of this round may be sent: its commit's round is over by the stamp of a block,
 * and the window still open. Nothing else stops a reveal.
 */
export function mayReveal(schedule: EpochSchedule, votingRoundId: number, moment: Moment): boolean {
  const { revealAt, revealDeadline } = timetableMs(schedule)
  const nextMs = votingRoundStartMs(schedule, votingRoundId + 1)
  const nowMs = chainTimeMs(moment)
  return (
    isProvenPast(moment, nextMs) && nowMs >= nextMs + revealAt && nowMs < nextMs + revealDeadline
  )
}

/**
 * When a round is judged, milliseconds from the start of the next one: some time after its window
 * (5 s of 90 s), when nodes that lag behind know of its last blocks too.
 */
export function closesAfterMs(schedule: EpochSchedule): number {
  const { revealAt, revealDeadline } = timetableMs(schedule)
  return revealDeadline + revealAt / 2
}

function owedStep(schedule: EpochSchedule, round: OpenRound, moment: Moment): Step | undefined {
  const { votingRoundId } = round
  const { revealAt } = timetableMs(schedule)
  const nextMs = votingRoundStartMs(schedule, votingRoundId + 1)

  if (isProvenPast(moment, nextMs + closesAfterMs(schedule)))
    return { kind: 'close', votingRoundId }
  if (mayReveal(schedule, votingRoundId, moment)) return { kind: 'reveal', votingRoundId }
  if (chainTimeMs(moment) >= nextMs + revealAt) return { kind: 'await-reveal', votingRoundId }
  if (round.isCommitSettled) return undefined
  return mayCommit(schedule, votingRoundId, moment)
    ? { kind: 'commit', votingRoundId }
    : { kind: 'await-commit', votingRoundId }
}

function unsentStep(schedule: EpochSchedule, round: OpenRound, moment: Moment): Step | undefined {
  const { votingRoundId } = round
  if (mayCommit(schedule, votingRoundId, moment)) return { kind: 'commit', votingRoundId }
  const lastMs = votingRoundStartMs(schedule, votingRoundId) + timetableMs(schedule).lastCommit
  return blockTimeMs(moment) >= lastMs ? { kind: 'drop', votingRoundId } : undefined
}

function beginStep(schedule: EpochSchedule, known: Known, moment: Moment): Step {
  const nowMs = blockTimeMs(moment)
  const current = votingRoundAt(schedule, nowMs)
  const { lastCommit } = timetableMs(schedule)
  const freezeAt = freezeAtMs(schedule, known)
  const startMs = votingRoundStartMs(schedule, current)
  const isNew = known.latestRoundId === undefined || current > known.latestRoundId

  if (
    known.mayBegin &&
    isNew &&
    nowMs >= startMs + freezeAt &&
    nowMs < startMs + lastCommit &&
    mayCommit(schedule, current, moment)
  ) {
    return { kind: 'freeze', votingRoundId: current }
  }
  return { kind: 'rest', untilMs: nextMomentMs(schedule, known, moment) }
}

function freezeAtMs(schedule: EpochSchedule, { isAttended }: Known): number {
  const { freezeAt, freezeFromAttended } = timetableMs(schedule)
  return isAttended === true ? freezeFromAttended : freezeAt
}

/** The next instant at which something may be due. */
function nextMomentMs(schedule: EpochSchedule, known: Known, moment: Moment): number {
  const nowMs = blockTimeMs(moment)
  const { revealAt } = timetableMs(schedule)
  const freezeAt = freezeAtMs(schedule, known)
  const current = votingRoundAt(schedule, nowMs)
  // A reveal falls due by the stamps of blocks, which may be behind.
  const behindMs = nowMs - chainTimeMs(moment)
  const reveals = known.openRounds.map(
    ({ votingRoundId }) => votingRoundStartMs(schedule, votingRoundId + 1) + revealAt + behindMs,
  )
  const freezes = [current, current + 1].map(
    (round) => votingRoundStartMs(schedule, round) + freezeAt,
  )
  return Math.min(...[...reveals, ...freezes].filter((instantMs) => instantMs > nowMs))
}
