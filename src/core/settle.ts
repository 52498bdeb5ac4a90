/**
 * Where most of the evidence lies: the value that explains the voters best if each that it does not
 * explain costs a fixed price. It sharpens the start, which is safe but only as precise as the one
 * source that it falls on.
 */

import { tuning } from './tuning.ts'

/** One who speaks for a value. */
export type Evidence = {
  /** A deviation from the reference price. */
  readonly value: number
  readonly sigma: number
  /** What not to explain it costs, as a share of what it costs for a source in full repute. */
  readonly worth: number
}

export type Settled = { readonly value: number; readonly sigma: number }

type Edge = { readonly at: number; readonly evidence: Evidence; readonly sign: 1 | -1 }

/**
 * The minimum of `Σ min(((value - x) / sigma)², 3.5² · worth)` over `x` in `[least, most]`, found
 * exactly: between two edges, where an evidence begins or ends to be explained, the sum is a parabola.
 * Cost grows as n log n. Undefined where nothing within the bounds explains anything.
 *
 * @see Huber & Ronchetti, Robust Statistics (2009), section 4.8, on redescending estimators, which
 *   this is one of, with its many local minima searched through.
 */
export function settledOn(
  evidences: readonly Evidence[],
  least: number,
  most: number,
): Settled | undefined {
  const edges: Edge[] = []
  for (const evidence of evidences) {
    const reach = tuning.gate.sigmas * Math.sqrt(evidence.worth) * evidence.sigma
    if (evidence.value + reach < least || evidence.value - reach > most) continue
    edges.push({ at: evidence.value - reach, evidence, sign: 1 })
    edges.push({ at: evidence.value + reach, evidence, sign: -1 })
  }
  edges.sort((left, right) => left.at - right.at || right.sign - left.sign)

  let best = Number.POSITIVE_INFINITY
  let settled: Settled | undefined
  // The parabola `precision · x² - 2 · pull · x + rest` of the stretch that begins at the edge.
  let [precision, pull, rest] = [0, 0, 0]
  edges.forEach(({ at, evidence, sign }, i) => {
    const weight = sign / (evidence.sigma * evidence.sigma)
    precision += weight
    pull += weight * evidence.value
    rest += weight * evidence.value ** 2 - sign * tuning.gate.sigmas ** 2 * evidence.worth
    const from = Math.max(at, least)
    const until = Math.min(edges[i + 1]?.at ?? at, most)
    if (until < from || !(precision > 0)) return
    const x = Math.min(Math.max(pull / precision, from), until)
    const cost = precision * x * x - 2 * pull * x + rest
    if (cost < best) {
      best = cost
      settled = { value: x, sigma: 1 / Math.sqrt(precision) }
    }
  })
  return settled
}
