/**
 * Statistics that a minority of bad values cannot move: the median, the spread around it, and the
 * Hampel gate that both make.
 */

import { sortAscending } from './sort-ascending.ts'

/** What a gate is made by. */
export type GatePolicy = {
  /** Width of the gate, in robust standard deviations. */
  readonly gateWidth: number
  /** Half-width that the gate never falls below, 1/10 000 of the centre. */
  readonly gateFloorBps: number
}

/** The values that are taken to speak of the same thing: `centre ± halfWidth`, both ends included. */
export type Gate = { readonly centre: number; readonly halfWidth: number }

/** Makes the MAD of normally distributed values an estimate of their standard deviation. */
const normalConsistency = 1.4826

/**
 * Half-width that the spread cannot push the gate beyond, 1/10 000 of the centre: values that lie
 * farther apart do not price the same thing, however evenly they are scattered.
 */
const gateCeilingBps = 500

/**
 * Half-width of a pair's gate, in floors. Two values are always equally far from their median, so
 * their spread cannot tell agreement from disagreement and only the floor can; it is widened since
 * there is no third value to outvote a stray. With a floor of 10 bps a pair may be 50 bps apart.
 */
const pairGateFloors = 2.5

const bpsPerUnit = 10_000

/** The middle of two values, without overflow and never outside of them. */
export function middleOf(low: number, high: number): number {
  return low + (high - low) / 2
}

/** The median, the mean of the middle two where their count is even; undefined of no values. */
export function median(values: readonly number[]): number | undefined {
  return medianOfSorted(sortAscending([...values]))
}

/** The median that is one of the values: of the middle two the lower. Undefined of no values. */
export function lowerMedian(values: readonly number[]): number | undefined {
  return sortAscending([...values])[(values.length - 1) >> 1]
}

/**
 * How far values lie from a centre, in their own unit: the median absolute deviation, scaled so
 * that it estimates a standard deviation where errors are normal. 0 of no values.
 */
export function spreadAround(centre: number, values: readonly number[]): number {
  const deviations = sortAscending(values.map((value) => Math.abs(value - centre)))
  return normalConsistency * (medianOfSorted(deviations) ?? 0)
}

/**
 * The Hampel gate of some positive values: their median, and `gateWidth` spreads either side of
 * it, but at least the floor (equal values must not reject one a hair away) and at most 500 bps.
 *
 * Without the ceiling a strict majority of three or more values is always inside. The centre lies
 * among the honest values as long as these are more than half; so do, within the gate, its members.
 *
 * @param sorted The values in ascending order.
 * @returns Undefined of no values.
 */
export function hampelGate(sorted: readonly number[], policy: GatePolicy): Gate | undefined {
  const centre = medianOfSorted(sorted)
  if (centre === undefined) return undefined

  const floor = (policy.gateFloorBps / bpsPerUnit) * centre
  if (sorted.length <= 2) return { centre, halfWidth: pairGateFloors * floor }

  const ceiling = (gateCeilingBps / bpsPerUnit) * centre
  const wished = policy.gateWidth * spreadAround(centre, sorted)
  return { centre, halfWidth: Math.max(floor, Math.min(wished, ceiling)) }
}

/** Whether a value is inside a gate; one that is exactly on its edge is. */
export function isInside(gate: Gate, value: number): boolean {
  return Math.abs(value - gate.centre) <= gate.halfWidth
}

/** The median of values in ascending order; undefined of none. */
export function medianOfSorted(sorted: readonly number[]): number | undefined {
  const low = sorted[(sorted.length - 1) >> 1]
  const high = sorted[sorted.length >> 1]
  return low === undefined || high === undefined ? undefined : middleOf(low, high)
}
