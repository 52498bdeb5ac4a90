/** How often a source trades, as far as ticks can tell: what makes an old price of it a stale one. */

import { isDatedByTrade } from './hearing.ts'
import type { Lesson } from './judgement.ts'
import type { Vote } from './newest-votes.ts'
import type { LastWords, SourceMemory } from './source-memory.ts'
import { tuning } from './tuning.ts'

/**
 * The mean time between its trades, by what a tick saw of it: how much of the time since the last
 * tick went without one, and whether there was one. For trades that come at random that is without
 * bias, however far apart ticks are. Where they are not dated, a price that has changed is a trade,
 * of the age that is to be expected of the last of those that come at the pace known so far.
 */
export function intervalAfter(
  { intervalMs, heard, seenAtMs, said: before }: SourceMemory,
  said: LastWords,
  { observedAtMs, observedKind }: Vote,
  { atMs, weight }: Pick<Lesson, 'atMs' | 'weight'>,
): number {
  const sinceMs = Math.max(0, atMs - seenAtMs)
  const hasTraded = said.priceSinceMs !== before.priceSinceMs
  const step = Math.max(weight, 1 / (heard + 1))
  if (!isDatedByTrade(observedKind)) {
    if (heard === 0) return tuning.age.undatedMs
    const surprise = hasTraded ? -unseenMs(sinceMs, intervalMs) : sinceMs
    return Math.min(intervalMs + step * surprise, tuning.age.mostMs)
  }

  const ageMs = Math.min(Math.max(0, atMs - observedAtMs), tuning.age.mostMs)
  if (heard === 0) return ageMs
  const isWarm = heard >= tuning.learning.warmTicks
  if (isWarm && ageMs > tuning.age.teachInIntervals * Math.max(intervalMs, sinceMs)) {
    return intervalMs
  }
  return Math.max(0, intervalMs + step * (Math.min(ageMs, sinceMs) - (hasTraded ? intervalMs : 0)))
}

/** By how much the last trade of a span is likely younger than trades are apart. */
function unseenMs(spanMs: number, intervalMs: number): number {
  return intervalMs > 0 ? spanMs / Math.expm1(spanMs / intervalMs) : 0
}
