/** How far a voting round has come, told from what the bridge reported of it and from the clock. */

import type { SubmissionKind, SubmissionReport, SubmissionStatus } from '../protocol/bridge-wire.ts'
import { type EpochSchedule, votingRoundStartMs } from '../protocol/epoch.ts'
import { timetableMs } from '../protocol/timetable.ts'
import type { RoundStage } from '../protocol/wire-rest.ts'

/** What is remembered of a round. */
export type RoundMemory = {
  readonly votingRoundId: number
  readonly isFrozen: boolean
  /** In the order in which they came. */
  readonly reports: readonly SubmissionReport[]
}

/** A confirmation may be told this long after the window in which it happened. Milliseconds. */
const reportGraceMs = 15_000

/**
 * The stage of a round. A failed call is not the end of a round, since it may be sent again; one
 * that is told as missed is. What was missed by the clock alone may still turn out revealed.
 */
export function roundStageOf(
  { votingRoundId, isFrozen, reports }: RoundMemory,
  schedule: EpochSchedule,
  nowMs: number,
): RoundStage {
  const has = (kind: SubmissionKind, status: SubmissionStatus): boolean =>
    reports.some((report) => report.kind === kind && report.status === status)
  const endsAtMs = votingRoundStartMs(schedule, votingRoundId + 1)

  if (has('submit2', 'confirmed')) return 'revealed'
  if (has('submit2', 'missed')) return 'missed'
  if (has('submit1', 'confirmed')) {
    const untilMs = endsAtMs + timetableMs(schedule).revealDeadline + reportGraceMs
    return nowMs < untilMs ? 'committed' : 'missed'
  }
  if (has('submit1', 'missed')) return 'missed'
  if (nowMs < endsAtMs + reportGraceMs) return isFrozen ? 'frozen' : 'open'
  return isFrozen || reports.length > 0 ? 'missed' : 'idle'
}

/** The transaction of a call: the confirmed one, or the one sent last. */
export function transactionOf(
  reports: readonly SubmissionReport[],
  kind: SubmissionKind,
): SubmissionReport['tx_hash'] {
  const sent = reports.filter((report) => report.kind === kind && report.tx_hash !== undefined)
  const confirmed = sent.find(({ status }) => status === 'confirmed')
  return (confirmed ?? sent.at(-1))?.tx_hash
}
