/** What a tick teaches of one source: its words, its pace, its precision, its drift, its standing. */

import { driftAfter, driftOf } from './drift.ts'
import { ownPrice, ownSide, sinceWhen } from './hearing.ts'
import { type Judged, judgedBy, type Lesson, type Part } from './judgement.ts'
import type { Vote } from './newest-votes.ts'
import { intervalAfter } from './pace.ts'
import { precisionAfter } from './precision.ts'
import { isFaulted, reputationAfter } from './reputation.ts'
import type { LastWords, SourceMemory } from './source-memory.ts'
import { isReturning, standingAfter } from './standing.ts'
import { tuning } from './tuning.ts'

/** The memory of a source after a tick in which it quoted. One that is back after long is new. */
export function sourceAfter(
  known: SourceMemory | undefined,
  part: Part,
  lesson: Lesson,
): SourceMemory {
  const { vote, contribution } = part
  const isNew = known === undefined || isReturning(known, lesson.atMs)
  const before = isNew ? aStranger(vote, lesson) : known
  const said = isNew ? before.said : saidAfter(vote, before.said, lesson.atMs)
  const judged = judgedBy(before, said, part, lesson)
  const conduct = judged === undefined ? before : conductAfter(before, judged, part, lesson)
  const heard = { ...conduct, seenAtMs: lesson.atMs, said }
  if (contribution === undefined) return heard
  return {
    ...heard,
    agreedAtMs: lesson.atMs,
    price: contribution.price,
    intervalMs: intervalAfter(before, said, vote, lesson),
  }
}

function conductAfter(
  before: SourceMemory,
  judged: Judged,
  { contribution }: Part,
  lesson: Lesson,
): SourceMemory {
  const drift = driftAfter(before, judged)
  const isAtFault = isFaulted(judged, driftOf(drift))
  return {
    ...before,
    ...drift,
    ...precisionAfter({ ...before, ...drift }, judged, lesson),
    ...standingAfter(before, judged, contribution !== undefined, lesson),
    reputation: reputationAfter(before.reputation, judged, isAtFault),
  }
}

function aStranger(vote: Vote, { atMs, scaleBps }: Lesson): SourceMemory {
  const sinceMs = Math.min(vote.observedAtMs, atMs)
  return {
    seenAtMs: atMs,
    said: { ...wordsOf(vote), priceSinceMs: sinceMs, bookSinceMs: atMs, allSinceMs: sinceMs },
    agreedAtMs: 0,
    price: vote.price,
    intervalMs: 0,
    heard: 0,
    madBps: Math.max(scaleBps, tuning.sigma.leastNew * 10_000),
    biasBps: 0,
    driftUp: 0,
    driftDown: 0,
    reputation: 1,
    agreed: 0,
    strays: 0,
  }
}

function saidAfter(vote: Vote, said: LastWords, atMs: number): LastWords {
  return { ...wordsOf(vote), ...sinceWhen(vote, said, atMs) }
}

function wordsOf(vote: Vote): Pick<LastWords, 'price' | 'bid' | 'ask' | 'volume'> {
  return {
    price: ownPrice(vote),
    bid: ownSide(vote, vote.bid),
    ask: ownSide(vote, vote.ask),
    volume: vote.volume,
  }
}
