/** Huber's M-estimator of location: a mean near the middle and a median far from it. */

import { tuning } from './tuning.ts'

/** Steps smaller than this, in standard deviations, change nothing that anyone can see. */
const settled = 1e-6

/**
 * The location `μ` at which `Σ share · ψ((value - μ) / sigma) / sigma² …` vanishes, with `ψ` clipped
 * at 1.345 standard deviations, found by reweighting from a robust start in at most eight steps.
 * It lies between the lowest and the highest value.
 *
 * @param values, sigmas, shares Parallel; standard deviations positive, shares summing to 1.
 * @param start The median of the values.
 * @see Huber, P. J. (1964), Robust estimation of a location parameter.
 */
export function huberOf(
  values: readonly number[],
  sigmas: readonly number[],
  shares: readonly number[],
  start: number,
): number {
  const { huberSigmas, huberSteps } = tuning.estimator
  let location = start
  for (let step = 0; step < huberSteps; step += 1) {
    let sum = 0
    let total = 0
    let sharpest = Number.POSITIVE_INFINITY
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i] ?? 0
      const reach = huberSigmas * (sigmas[i] ?? 1)
      const distance = Math.abs(value - location)
      const weight = (shares[i] ?? 0) * (distance > reach ? reach / distance : 1)
      sum += weight * value
      total += weight
      sharpest = Math.min(sharpest, reach)
    }
    if (!(total > 0)) return location
    const moved = Math.abs(sum / total - location)
    location = sum / total
    if (moved <= settled * sharpest) break
  }
  return location
}
