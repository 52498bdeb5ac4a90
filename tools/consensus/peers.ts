/**
 * Peers: how others make one price of many, written anew from their published rules. They are the
 * rules and not the products; what a rule leaves open is noted beside it.
 */

import {
  ascending,
  deviationOf,
  lowerWeightedMedian,
  meanOf,
  medianOf,
  vwapOf,
} from './averages.ts'
import type { Sighting } from './tape.ts'

/** What a method says of some sightings. */
export type Answer = {
  /** Undefined where it has no price. */
  readonly price: number | undefined
  /** Sources that it calls wrong; a rule that calls nobody wrong has none. */
  readonly rejected: readonly string[]
  /** Half-width of the interval that it states, 1/10 000 of the price. */
  readonly intervalBps?: number
}

export type Peer = (seen: readonly Sighting[], atMs: number) => Answer

/** Flare's example value provider: weights fall by this a millisecond (`MEDIAN_DECAY`). */
const flareDecayPerMs = 0.00005

/** What one source may weigh at most, of a whole that sums to 1, in the capped weighted median. */
const redstoneCap = 1 / 3

/**
 * Pyth leaves out publishers of more than 25 slots ago. Publishers there repeat themselves each slot
 * and our quotes are dated by trades, so the cut is a minute: the kindest reading.
 */
const pythStaleAfterMs = 60_000

/** Ojo looks for deviations where there are this many prices. */
const ojoLeastPrices = 3

/** Mean of all prices. */
export function mean(seen: readonly Sighting[]): Answer {
  return { price: meanOf(seen.map(({ price }) => price)), rejected: [] }
}

/** Mean by stated volume. */
export function vwap(seen: readonly Sighting[]): Answer {
  return { price: vwapOf(seen), rejected: [] }
}

/** The first sketch's rule: who is more than 3 standard deviations from the median is left out. */
export function threeSigma(seen: readonly Sighting[]): Answer {
  const centre = medianOf(seen.map(({ price }) => price))
  return keeping(seen, 3 * deviationOf(seen), centre, (kept) => meanOf(kept.map((s) => s.price)))
}

/** The median, the mean of the middle two where their count is even. */
export function median(seen: readonly Sighting[]): Answer {
  return { price: medianOf(seen.map(({ price }) => price)), rejected: [] }
}

/**
 * Flare's example value provider: the median with weights `exp(-0.00005 × age in ms)`, the first
 * price at which half of the weight is reached.
 *
 * @see https://github.com/flare-foundation/FTSOv2-example-value-provider
 */
export function flareExample(seen: readonly Sighting[], atMs: number): Answer {
  const weighted = seen.map(({ price, observedAtMs }) => ({
    value: price,
    weight: Math.exp(-flareDecayPerMs * Math.max(0, atMs - observedAtMs)),
  }))
  return { price: lowerWeightedMedian(weighted), rejected: [] }
}

/**
 * RedStone: the median by stated volume, no source above a cap. The cap's value is not published
 * with the rule; a third is taken, and what it cuts off goes to nobody.
 */
export function redstone(seen: readonly Sighting[]): Answer {
  const total = seen.reduce((sum, { volume }) => sum + volume, 0)
  const weighted = seen.map(({ price, volume }) => ({
    value: price,
    weight: Math.min(volume / total, redstoneCap),
  }))
  return { price: lowerWeightedMedian(weighted), rejected: [] }
}

/**
 * Pyth: each publisher votes with its price and with its price plus and minus its confidence; the
 * median of all votes. The interval is the larger distance to their quartiles.
 *
 * @see https://docs.pyth.network/price-feeds/how-pyth-works/price-aggregation
 */
export function pyth(seen: readonly Sighting[], atMs: number): Answer {
  const fresh = seen.filter(({ observedAtMs }) => atMs - observedAtMs <= pythStaleAfterMs)
  const votes = (fresh.length === 0 ? seen : fresh)
    .flatMap(({ price, statedErrorBps }) => {
      const confidence = price * statedErrorBps * 1e-4
      return [price - confidence, price, price + confidence]
    })
    .sort(ascending)
  const price = medianOf(votes)
  if (price === undefined) return { price, rejected: [] }
  const low = votes[votes.length >> 2] ?? price
  const high = votes[votes.length - 1 - (votes.length >> 2)] ?? price
  const intervalBps = (Math.max(price - low, high - price) / price) * 10_000
  return { price, rejected: [], intervalBps }
}

/**
 * Ojo: who is more than 1 standard deviation from the mean is left out, the rest are averaged by
 * volume.
 *
 * @see https://github.com/ojo-network/price-feeder/blob/main/oracle/filter.go
 */
export function ojo(seen: readonly Sighting[]): Answer {
  if (seen.length < ojoLeastPrices) return vwap(seen)
  const centre = meanOf(seen.map(({ price }) => price))
  return keeping(seen, deviationOf(seen), centre, vwapOf)
}

export const peers: Readonly<Record<string, Peer>> = {
  mean,
  VWAP: vwap,
  '3-sigma': threeSigma,
  median,
  'Flare example': flareExample,
  RedStone: redstone,
  Pyth: pyth,
  Ojo: ojo,
}

function keeping(
  seen: readonly Sighting[],
  width: number,
  centre: number | undefined,
  averageOf: (kept: readonly Sighting[]) => number | undefined,
): Answer {
  if (centre === undefined) return { price: undefined, rejected: [] }
  const isKept = ({ price }: Sighting) => Math.abs(price - centre) <= width
  const kept = seen.filter(isKept)
  const rejected = seen.filter((sighting) => !isKept(sighting)).map(({ source }) => source)
  return { price: averageOf(kept.length === 0 ? seen : kept), rejected }
}
