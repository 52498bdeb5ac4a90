/** What the words of several nodes about one block come to. Pure. */

import type { Said } from './outlines.ts'

export type Verdict =
  /** Nodes that answered just now say different things, and there is no majority. */
  | 'open'
  /** One answers alone, or none: nobody contradicts anybody. */
  | 'awaited'
  /** Most say what was read. */
  | 'kept'
  /** Most say something else. */
  | 'read-anew'

/**
 * @param read What was read of the block.
 * @param words What each node says of it now; who says nothing has no vote.
 */
export function verdictOn(read: Said, words: readonly Said[]): Verdict {
  const votes = words.filter((word) => word !== undefined)
  const top = majorityOf(votes)
  if (top !== undefined) return top === read ? 'kept' : 'read-anew'
  return new Set(votes).size > 1 ? 'open' : 'awaited'
}

/** What at least two say and nobody else as many. */
export function majorityOf(words: readonly Said[]): Said {
  const counts = new Map<Said, number>()
  for (const word of words) {
    if (word !== undefined) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  const [top, second] = [...counts].toSorted(([, one], [, other]) => other - one)
  if (top === undefined || top[1] < 2 || top[1] === second?.[1]) return undefined
  return top[0]
}
