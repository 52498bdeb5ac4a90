/** What each agreeing source counts: by liquidity, merit and precision, and never decisively. */

import type { Judged } from './merit.ts'
import { median } from './robust.ts'
import { tuning } from './tuning.ts'
import { cappedShares, liquidityOf } from './weighted-median.ts'

/**
 * The shares of voters, in their order; they sum to 1. A weight is
 *
 *     √log2(1 + volume / median volume) · merit / (σ² / 1e-7 + 0.3)
 *
 * with the `σ` that is not its age's, since prices are carried forward before they are weighed; and a
 * share at most `0.49 / f`, so that no minority `f` holds half whatever it claims.
 */
export function sharesOf(voters: readonly Judged[]): number[] {
  const stated: number[] = []
  for (const { voter } of voters) if (voter.volume > 0) stated.push(voter.volume)
  const typical = median(stated)
  const { varianceUnit, varianceFloor } = tuning.weight
  const weights: number[] = []
  for (const { voter, merit } of voters) {
    const precision = 1 / ((voter.ownSigma * voter.ownSigma) / varianceUnit + varianceFloor)
    weights.push(liquidityOf(voter.volume, typical) * merit * precision)
  }
  return cappedShares(weights)
}
