/** Averages as the peers' rules take them: plain, and neither hardened nor made to agree with ours. */

import type { Sighting } from './tape.ts'

export type Weighted = { readonly value: number; readonly weight: number }

/** Undefined of no values. */
export function meanOf(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** By stated volume; the plain mean where nobody states one. */
export function vwapOf(seen: readonly Sighting[]): number | undefined {
  const total = seen.reduce((sum, { volume }) => sum + volume, 0)
  if (!(total > 0)) return meanOf(seen.map(({ price }) => price))
  return seen.reduce((sum, { price, volume }) => sum + price * (volume / total), 0)
}

/** Standard deviation of the whole, not of a sample. */
export function deviationOf(seen: readonly Sighting[]): number {
  const prices = seen.map(({ price }) => price)
  const centre = meanOf(prices) ?? 0
  return Math.sqrt(meanOf(prices.map((price) => (price - centre) ** 2)) ?? 0)
}

/** The middle value, or the mean of the middle two. Undefined of no values. */
export function medianOf(values: readonly number[]): number | undefined {
  const sorted = [...values].sort(ascending)
  const low = sorted[(sorted.length - 1) >> 1]
  const high = sorted[sorted.length >> 1]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}

/** The first value at which half of the weight is reached. Undefined of no values. */
export function lowerWeightedMedian(weighted: readonly Weighted[]): number | undefined {
  const sorted = [...weighted].sort((left, right) => left.value - right.value)
  const half = sorted.reduce((sum, { weight }) => sum + weight, 0) / 2
  let reached = 0
  for (const { value, weight } of sorted) {
    reached += weight
    if (reached >= half) return value
  }
  return sorted.at(-1)?.value
}

/** For sorting. */
export function ascending(left: number, right: number): number {
  return left - right
}
