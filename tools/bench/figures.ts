/** Medians and percentiles of what was measured. */

/**
 * The value that a part of the others do not exceed, by nearest rank.
 *
 * @param part A fraction: 0.99 is the 99th percentile.
 * @throws {Error} if there are no values.
 */
export function percentile(values: readonly number[], part: number): number {
  const rank = Math.max(1, Math.ceil(values.length * part))
  const value = values.toSorted((left, right) => left - right)[rank - 1]
  if (value === undefined) throw new Error('Nothing was measured.')
  return value
}

/** The lower middle of the values. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}
