/**
 * What a Worker may say of prices, and no more: each value is held against the last median that the
 * chain made final. One that has strayed is told of; one that has strayed far is left out of the
 * vector, so that a compromised Worker cannot ruin a round. Pure.
 */

import type { FrozenEntry } from '../../src/protocol/bridge-wire.ts'

/** A feed's median in a round that was made final. */
export type KnownMedian = {
  /** The feed's id. */
  readonly id: string
  /** In quote currency; positive, or the median says nothing. */
  readonly price: number
}

export type GuardPolicy = {
  /** Further off than this is told. A fraction: 0.05 is 5 %. */
  readonly alertDeviation: number
  /** Further off than this is left empty. A fraction, not below the other. */
  readonly emptyDeviation: number
}

export const defaultGuardPolicy: GuardPolicy = { alertDeviation: 0.05, emptyDeviation: 0.3 }

export type Strayed = {
  readonly id: string
  /** Against the median, as a fraction with its sign. */
  readonly deviation: number
  readonly isLeftOut: boolean
}

export type Guarded = {
  /** In the order given; without a price where it strayed too far. */
  readonly entries: readonly FrozenEntry[]
  readonly strayed: readonly Strayed[]
}

/**
 * Holds a frozen vector against the last final medians. A feed without a known median is let pass:
 * nothing is known against it.
 */
export function guarded(
  entries: readonly FrozenEntry[],
  medians: readonly KnownMedian[],
  { alertDeviation, emptyDeviation }: GuardPolicy,
): Guarded {
  const known = new Map(medians.map(({ id, price }) => [id.toLowerCase(), price]))
  const strayed: Strayed[] = []
  const kept = entries.map((entry): FrozenEntry => {
    const { price, confidence: _, rolled: __, ...without } = entry
    const median = known.get(entry.id.toLowerCase())
    if (price === undefined || median === undefined || !(median > 0)) return entry
    const off = Math.abs(price - median)
    if (off <= alertDeviation * median) return entry
    const isLeftOut = off > emptyDeviation * median
    strayed.push({ id: entry.id, deviation: price / median - 1, isLeftOut })
    return isLeftOut ? without : entry
  })
  return { entries: kept, strayed }
}
