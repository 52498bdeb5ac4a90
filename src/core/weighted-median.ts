/**
 * The weighted median, and the weights that make it safe: a source weighs by how liquid it says it
 * is, compressed and capped, so that no minority of sources holds half of the weight whatever
 * volumes it claims.
 */

import { median, middleOf } from './robust.ts'

export type Sample = {
  readonly value: number
  /** Relative to the others'; a sample without a positive weight has no say. */
  readonly weight: number
}

/** What of a quote its weight is made from. */
export type LiquidPrice = {
  readonly price: number
  /** Base units; 0 where the source says none. */
  readonly volume: number
}

/** Half of the weight counts as reached exactly if it is missed by less than this share of it. */
const tieTolerance = 1e-12

/** What any minority may hold together. Below one half, with room for rounding. */
const minorityShare = 0.49

/** Weight of a source that says no volume, or next to none; one of median volume weighs 1. */
const leastWeight = 0.25

/** A volume that is more median volumes than this says no more by it. Keeps every weight finite. */
const mostVolumes = 1_000_000

/**
 * The value at half of the weight: below it lies at most half, and above it at most half. Where
 * exactly half lies at or below a value, it is the mean of that value and the next. The order of
 * the samples does not matter.
 *
 * @returns Undefined where nothing weighs anything.
 */
export function weightedMedian(samples: readonly Sample[]): number | undefined {
  const sorted = samples
    .filter((sample) => sample.weight > 0)
    .sort((left, right) => left.value - right.value)
  let total = 0
  for (const { weight } of sorted) total += weight
  const half = total / 2
  const tolerance = half * tieTolerance

  let reached = 0
  let lower: number | undefined
  for (const { value, weight } of sorted) {
    if (lower !== undefined) return middleOf(lower, value)
    reached += weight
    if (reached > half + tolerance) return value
    if (reached >= half - tolerance) lower = value
  }
  return lower
}

/**
 * Prices as samples that weigh by liquidity; the weights are shares and sum to 1.
 *
 * Relative to the median volume `m` of those that say one, a volume `v` weighs `√log2(1 + v/m)`:
 * 1 at the median, 1.9 at ten times, 3.2 at a thousand times, never less than 0.25. Raw volume is
 * claimed and not proven, so it must not decide. Shares are then capped by `shareCap`.
 */
export function liquiditySamples(prices: readonly LiquidPrice[]): Sample[] {
  const volumes = prices.map(statedVolume)
  const typical = median(volumes.filter((volume) => volume > 0))
  const shares = cappedShares(volumes.map((volume) => liquidityOf(volume, typical)))
  return prices.map(({ price }, i) => ({ value: price, weight: shares[i] ?? 0 }))
}

/**
 * Shares of the whole in proportion to weights, but none above the cap: what the cap takes from
 * some goes to the others in proportion.
 *
 * @param weights Positive and finite.
 * @returns Shares that sum to 1, in the order of the weights.
 */
export function cappedShares(weights: readonly number[]): number[] {
  const cap = shareCap(weights.length)
  const shares = [...weights]
  const isCapped: boolean[] = []

  // Each pass but the last caps at least one share, so there are at most as many as weights.
  for (let pass = 0; pass <= weights.length; pass += 1) {
    let freeShare = 1
    let freeWeight = 0
    for (let i = 0; i < weights.length; i += 1) {
      if (isCapped[i] === true) freeShare -= cap
      else freeWeight += weights[i] ?? 0
    }

    let cappedMore = false
    for (let i = 0; i < weights.length; i += 1) {
      if (isCapped[i] === true) continue
      const share = ((weights[i] ?? 0) / freeWeight) * freeShare
      isCapped[i] = share > cap
      cappedMore ||= share > cap
      shares[i] = Math.min(share, cap)
    }
    if (!cappedMore) break
  }
  return shares
}

/**
 * The largest share that one of `count` sources may hold: `0.49 / f` where `f` is the largest
 * minority, `⌊(count - 1) / 2⌋`. Any `f` sources then hold at most 0.49, and a weighted median is
 * among the prices of the rest. Never less than an equal share, which is as safe.
 */
export function shareCap(count: number): number {
  const minority = Math.floor((count - 1) / 2)
  return minority < 1 ? 1 / count : Math.max(minorityShare / minority, 1 / count)
}

/** How many equal weights would say as much as these do (Kish): 1 to their count. */
export function effectiveCount(samples: readonly Sample[]): number {
  let sum = 0
  let sumOfSquares = 0
  for (const { weight } of samples) {
    sum += weight
    sumOfSquares += weight * weight
  }
  return sumOfSquares > 0 ? (sum * sum) / sumOfSquares : 0
}

/** The volume that a source says, 0 where it says none or nonsense. */
export function statedVolume({ volume }: Pick<LiquidPrice, 'volume'>): number {
  return Number.isFinite(volume) && volume > 0 ? volume : 0
}

/**
 * What a source weighs by its volume: `√log2(1 + volume / typical)`, at least 0.25; 1 where nobody
 * says a volume.
 *
 * @param typical The median volume of those that say one.
 */
export function liquidityOf(volume: number, typical: number | undefined): number {
  if (typical === undefined) return 1
  const medianVolumes = Math.min(volume / typical, mostVolumes)
  return Math.max(leastWeight, Math.sqrt(Math.log2(1 + medianVolumes)))
}
