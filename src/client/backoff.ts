/** How long to wait before the next attempt: doubling, bounded, and spread by chance. */

/** The first wait, and the longest. Milliseconds. */
const firstMs = 500
const longestMs = 30_000

/**
 * The wait after a number of failures in a row, milliseconds. Half of it is certain, so that nobody
 * hammers; the other half is chance, so that those who lost the same server do not all come back at
 * the same moment.
 *
 * @param failures At least 1.
 * @param chance 0 (inclusive) to 1 (exclusive).
 */
export function backoffMs(failures: number, chance: number): number {
  const bound = Math.min(longestMs, firstMs * 2 ** (failures - 1))
  return bound * (0.5 + 0.5 * chance)
}
