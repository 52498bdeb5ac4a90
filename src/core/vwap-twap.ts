/**
 * Averages of prices: by volume (VWAP) and by the time each price stood (TWAP). Neither is robust;
 * they are taken of what a gate has let through.
 */

import { median } from './robust.ts'
import { sortAscending } from './sort-ascending.ts'
import type { LiquidPrice, Sample } from './weighted-median.ts'

/** A price from an instant on. */
export type PriceStep = {
  /** Unix milliseconds. */
  readonly atMs: number
  readonly price: number
}

/** A stretch of time, Unix milliseconds. */
export type Window = { readonly fromMs: number; readonly toMs: number }

/**
 * Mean price weighted by volume: `Σ price·volume / Σ volume`, in the prices' unit. Volumes are in
 * base units and count as they are stated; one that is not finite and positive counts as none. A
 * price given twice counts twice, and one alone is its own mean.
 *
 * @returns Undefined where there is no volume at all.
 */
export function vwapOf(prices: readonly LiquidPrice[]): number | undefined {
  return weightedMean(prices.map(({ price, volume }) => ({ value: price, weight: volume })))
}

/**
 * Mean price weighted by time, in the prices' unit: each price stands from its own instant until
 * the next one's, the last until the window's end.
 *
 * - The newest price from before the window stands at its start; without one the time before the
 *   first price weighs nothing.
 * - A gap is filled by the price before it. Whatever comes after the window's end is not looked at.
 * - Prices of the same instant count as one, their median.
 * - One price alone is its own mean. Where no time passes (a window of no length, or nothing before
 *   its very end) it is the price that stands at the end.
 *
 * @returns Undefined where no price stands by the window's end, or it ends before it starts.
 */
export function twapOf(prices: readonly PriceStep[], window: Window): number | undefined {
  if (window.toMs < window.fromMs) return undefined
  const steps = stepsUntil(prices, window.toMs)
  const samples = steps.map(({ atMs, price }, i) => {
    const untilMs = steps[i + 1]?.atMs ?? window.toMs
    return { value: price, weight: untilMs - Math.max(atMs, window.fromMs) }
  })
  return weightedMean(samples) ?? steps.at(-1)?.price
}

/** One price an instant, up to and including `toMs`, in order of time. */
function stepsUntil(prices: readonly PriceStep[], toMs: number): PriceStep[] {
  const byInstant = Map.groupBy(
    prices.filter(({ atMs }) => atMs <= toMs),
    ({ atMs }) => atMs,
  )
  return sortAscending([...byInstant.keys()]).flatMap((atMs) => {
    const price = median((byInstant.get(atMs) ?? []).map((step) => step.price))
    return price === undefined ? [] : [{ atMs, price }]
  })
}

/**
 * The mean by shares of the largest weight: no product or sum can overflow, whatever volume a source
 * claims. Rounding cannot push it out of the range of its values.
 */
function weightedMean(samples: readonly Sample[]): number | undefined {
  const weighing = samples.filter(({ weight }) => Number.isFinite(weight) && weight > 0)
  if (weighing.length === 0) return undefined

  const largest = weighing.reduce((most, { weight }) => Math.max(most, weight), 0)
  const total = weighing.reduce((sum, { weight }) => sum + weight / largest, 0)
  let mean = 0
  let lowest = Number.POSITIVE_INFINITY
  let highest = Number.NEGATIVE_INFINITY
  for (const { value, weight } of weighing) {
    mean += value * (weight / largest / total)
    lowest = Math.min(lowest, value)
    highest = Math.max(highest, value)
  }
  return Math.min(Math.max(mean, lowest), highest)
}
