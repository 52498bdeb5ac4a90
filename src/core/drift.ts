/**
 * CUSUM: whether a source has been drifting to one side, long before any one tick stands out. Each
 * side's sum grows by how many standard deviations a tick is off, less 0.75, and is forgotten by a
 * fiftieth a tick.
 *
 * @see Page, E. S. (1954), Continuous inspection schemes.
 */

import type { Judged } from './judgement.ts'
import type { SourceMemory } from './source-memory.ts'
import { tuning } from './tuning.ts'

export type Drift = Pick<SourceMemory, 'driftUp' | 'driftDown'>

/** The sums after a tick; at most twice what alarms, so that a source can come back. */
export function driftAfter(
  { driftUp, driftDown }: Drift,
  { strain }: Pick<Judged, 'strain'>,
): Drift {
  const { clipSigmas } = tuning.learning
  const sigmas = Math.min(Math.max(strain, -clipSigmas), clipSigmas)
  return { driftUp: summed(driftUp, sigmas), driftDown: summed(driftDown, -sigmas) }
}

/** The larger of the two sums: an alarm from 6 on. */
export function driftOf({ driftUp, driftDown }: Drift): number {
  return Math.max(driftUp, driftDown)
}

function summed(sum: number, step: number): number {
  const { slack, leak, alarm } = tuning.drift
  return Math.min(Math.max(0, leak * sum + step - slack), 2 * alarm)
}
