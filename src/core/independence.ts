/** Sources that show one and the same book are one witness: the best of a group speaks for it. */

import { byCodeUnit } from './newest-votes.ts'
import type { ConsensusPolicy } from './policy.ts'

/** What decides between two sources of a group. */
export type Candidate = {
  readonly source: string
  readonly sigma: number
  readonly reputation: number
  readonly volume: number
  readonly group: string | undefined
}

/** The group of a source, if it is in one. */
export function groupOf(source: string, { groups }: ConsensusPolicy): string | undefined {
  return groups !== undefined && Object.hasOwn(groups, source) ? groups[source] : undefined
}

/**
 * The candidates that speak, each alone or for its group, in the order given.
 *
 * @param silenced Called with each that does not.
 */
export function speakersOf<C extends Candidate>(
  candidates: readonly C[],
  silenced: (candidate: C) => void,
): readonly C[] {
  if (candidates.every(({ group }) => group === undefined)) return candidates
  const best = new Map<string, C>()
  for (const candidate of candidates) {
    if (candidate.group === undefined) continue
    const other = best.get(candidate.group)
    if (other === undefined || isBetter(candidate, other)) best.set(candidate.group, candidate)
  }
  return candidates.filter((candidate) => {
    const speaks = candidate.group === undefined || best.get(candidate.group) === candidate
    if (!speaks) silenced(candidate)
    return speaks
  })
}

/** By what is expected of its precision, then by volume, in the end by name: never by order. */
function isBetter(one: Candidate, other: Candidate): boolean {
  const merit = one.reputation / one.sigma ** 2 - other.reputation / other.sigma ** 2
  if (merit !== 0) return merit > 0
  if (one.volume !== other.volume) return one.volume > other.volume
  return byCodeUnit(one.source, other.source) < 0
}
