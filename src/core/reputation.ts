/**
 * Reputation: what a source's word has been worth of late, from 0.05 to 1. It falls by a third with
 * every fault and wins back a twelfth of what is missing with every tick in agreement, so that a dozen
 * good ticks undo two bad ones.
 */

import type { Judged } from './judgement.ts'
import { tuning } from './tuning.ts'

/**
 * Whether a tick holds something against a source: it lies beyond 3.5 standard deviations, or has
 * drifted for so long that CUSUM is alarmed. A rejection that the start of the vote does not bear out
 * is no fault.
 *
 * @param drift The larger of its CUSUM sums.
 */
export function isFaulted({ strain }: Pick<Judged, 'strain'>, drift: number): boolean {
  return Math.abs(strain) > tuning.gate.sigmas || drift > tuning.drift.alarm
}

/** The reputation after a tick. Who neither agrees nor is at fault neither gains nor loses. */
export function reputationAfter(
  reputation: number,
  { isAgreeing }: Pick<Judged, 'isAgreeing'>,
  isAtFault: boolean,
): number {
  const { loss, gain, floor } = tuning.reputation
  if (isAtFault) return Math.max(floor, reputation * loss)
  return isAgreeing ? reputation + gain * (1 - reputation) : reputation
}
