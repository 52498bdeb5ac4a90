/**
 * Where most of the evidence lies: the value that explains the voters best if each that it does not
 * explain costs a fixed price. It sharpens the start, which is safe but only as precise as the one
 * source that it falls on.
 */

import { ascendingOrder } from './sort-ascending.ts'
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
  const near = evidences.filter((evidence) => {
    const reach = reachOf(evidence)
    return evidence.value + reach >= least && evidence.value - reach <= most
  })
  const edges = edgesOf(near)
  const order = ascendingOrder(edges)
  let best = Number.POSITIVE_INFINITY
  let settled: Settled | undefined
  // The parabola `precision · x² - 2 · pull · x + rest` of the stretch that begins at the edge.
  let precision = 0
  let pull = 0
  let rest = 0
  let passed = 0
  for (const edge of order) {
    passed += 1
    const evidence = near[edge % near.length]
    if (evidence === undefined) continue
    const { value, sigma, worth } = evidence
    const sign = edge < near.length ? 1 : -1
    const weight = sign / (sigma * sigma)
    precision += weight
    pull += weight * value
    rest += weight * (value * value) - sign * tuning.gate.sigmas ** 2 * worth
    const at = edges[edge] ?? 0
    const from = Math.max(at, least)
    const until = Math.min(edges[order[passed] ?? edge] ?? at, most)
    if (until < from || !(precision > 0)) continue
    const x = Math.min(Math.max(pull / precision, from), until)
    const cost = precision * x * x - 2 * pull * x + rest
    if (!(cost < best)) continue
    best = cost
    settled = { value: x, sigma: 1 / Math.sqrt(precision) }
  }
  return settled
}

/** Where each evidence begins to be explained, and behind these where each ends to be. */
function edgesOf(evidences: readonly Evidence[]): number[] {
  const edges: number[] = []
  for (const evidence of evidences) edges.push(evidence.value - reachOf(evidence))
  for (const evidence of evidences) edges.push(evidence.value + reachOf(evidence))
  return edges
}

function reachOf({ sigma, worth }: Evidence): number {
  return tuning.gate.sigmas * Math.sqrt(worth) * sigma
}
