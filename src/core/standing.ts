/**
 * Who may vote. A name is no identity: a market that is new, or back after a long absence, is
 * collected, shown and scored, and votes once it has agreed with the others for some ticks.
 */

import type { FeedMemory } from './feed-memory.ts'
import type { Judged, Lesson } from './judgement.ts'
import type { ConsensusPolicy } from './policy.ts'
import type { SourceMemory } from './source-memory.ts'
import { tuning } from './tuning.ts'

export type Standing = 'member' | 'on-probation' | 'strayed'

/**
 * A source's standing at an instant, Unix milliseconds.
 *
 * In the first ticks of a feed everybody is new and the vote decides among all: whoever agrees then
 * is a founding member.
 */
export function standingOf(
  known: SourceMemory | undefined,
  memory: FeedMemory,
  policy: ConsensusPolicy,
  atMs: number,
): Standing {
  if (isFounding(memory, policy, atMs)) return 'member'
  if (known === undefined || isReturning(known, atMs)) return 'on-probation'
  if (known.agreed >= policy.probationTicks) return 'member'
  return known.strays > 0 ? 'strayed' : 'on-probation'
}

/** Whether a feed is so new, or so long without a consensus, that nobody can be asked about others. */
export function isFounding(memory: FeedMemory, policy: ConsensusPolicy, atMs: number): boolean {
  const { last, ticks } = memory
  return (
    last === undefined ||
    ticks < policy.probationTicks ||
    atMs - last.atMs > tuning.standing.returningMs
  )
}

/** Whether a source has been absent for so long that it is as good as new. */
export function isReturning(known: SourceMemory, atMs: number): boolean {
  return atMs - known.seenAtMs > tuning.standing.returningMs
}

/**
 * What a tick makes of a source's standing. Who agrees while the feed is founded is a member at once,
 * others when they have agreed for so many ticks; a tick in disagreement takes two of them back. One
 * that is a fifth off begins anew, a member only if it is for some ticks in a row.
 *
 * @param isAccepted Whether it had a vote and agreed.
 */
export function standingAfter(
  { agreed, strays }: Pick<SourceMemory, 'agreed' | 'strays'>,
  { isAgreeing, residualBps }: Pick<Judged, 'isAgreeing' | 'residualBps'>,
  isAccepted: boolean,
  { isFounding: isNew, probationTicks }: Pick<Lesson, 'isFounding' | 'probationTicks'>,
): Pick<SourceMemory, 'agreed' | 'strays'> {
  if (isAgreeing) {
    const isFounder = isNew && isAccepted
    return { agreed: isFounder ? probationTicks : Math.min(agreed + 1, probationTicks), strays: 0 }
  }
  const isMember = agreed >= probationTicks
  if (Math.abs(residualBps) < tuning.standing.stray * 10_000) {
    return { agreed: isMember ? agreed : Math.max(0, agreed - 2), strays: 0 }
  }
  const isOut = !isMember || strays + 1 >= tuning.standing.strayTicks
  return { agreed: isOut ? 0 : agreed, strays: strays + 1 }
}
