/**
 * A tick of a window in as little room as it needs: names once, figures side by side. A feed holds
 * hundreds of ticks of twenty sources, which nearly all name the same sources.
 */

import type { PriceRecord } from '../protocol/wire.ts'
import type { WindowTick } from './window-tick.ts'

/** A tick and the price that it made, if it made one. */
export type RememberedTick = WindowTick & { readonly record?: PriceRecord }

export type PackedTick = Pick<RememberedTick, 'atMs' | 'price' | 'outliers' | 'record'> & {
  /** Accepted sources, sorted. */
  readonly names: readonly string[]
  /** Price and volume of each, in turn. */
  readonly figures: readonly number[]
}

/**
 * A tick, packed.
 *
 * @param before The tick before: where it names the same sources, its list of names is shared.
 */
export function packedTick(
  { accepted, ...rest }: RememberedTick,
  before: PackedTick | undefined,
): PackedTick {
  const names = accepted.map(({ source }) => source)
  const figures = accepted.flatMap(({ price, volume }) => [price, volume])
  return sharingNames({ ...rest, names, figures }, before)
}

/** The tick that was packed. */
export function unpackedTick({ names, figures, ...rest }: PackedTick): RememberedTick {
  const accepted = names.map((source, i) => ({
    source,
    price: figures[2 * i] ?? 0,
    volume: figures[2 * i + 1] ?? 0,
  }))
  return { ...rest, accepted }
}

/** A tick that has come out of a store, sharing names with the one before. */
export function sharingNames(tick: PackedTick, before: PackedTick | undefined): PackedTick {
  const names = before !== undefined && isSame(tick.names, before.names) ? before.names : tick.names
  const { record } = tick
  if (record === undefined) return { ...tick, names }
  const sources = isSame(record.sources, names) ? names : record.sources
  return { ...tick, names, record: { ...record, sources } }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, i) => name === other[i])
}
