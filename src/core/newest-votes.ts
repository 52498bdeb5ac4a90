/** One vote a source: the newest of its quotes that can be meant. */

import type { Rejection } from './outcome.ts'
import type { Quote } from './quote.ts'
import { tuning } from './tuning.ts'
import { statedVolume } from './weighted-median.ts'

/** What of a quote the vote looks at. */
export type Vote = Pick<Quote, 'source' | 'price' | 'volume' | 'observedAtMs'> &
  Partial<Pick<Quote, 'rawPrice' | 'conversionRate' | 'bid' | 'ask' | 'observedKind'>>

/** Text order by code unit: the same on every machine, whatever its language. */
export function byCodeUnit(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

/**
 * Each source's newest quote with a finite positive price and a believable date, in no order that
 * matters. A source that has none is rejected as `out-of-range`.
 *
 * @param atMs The instant the quotes are judged at, Unix milliseconds.
 * @param rejected Where rejections are added to.
 */
export function newestVotes(quotes: readonly Vote[], atMs: number, rejected: Rejection[]): Vote[] {
  const newest = new Map<string, Vote | undefined>()
  for (const vote of quotes) {
    const known = newest.get(vote.source)
    if (!isInRange(vote, atMs)) newest.set(vote.source, known)
    else if (known === undefined || supersedes(vote, known)) newest.set(vote.source, vote)
  }
  const votes: Vote[] = []
  for (const [source, vote] of newest) {
    if (vote === undefined) rejected.push({ source, reason: 'out-of-range' })
    else votes.push(vote)
  }
  return votes
}

function isInRange({ price, observedAtMs }: Vote, atMs: number): boolean {
  return (
    Number.isFinite(price) &&
    price > 0 &&
    Number.isFinite(observedAtMs) &&
    observedAtMs - atMs <= tuning.age.futureMs
  )
}

/** Of two quotes of one instant the one of larger volume counts, then the lower: never the later. */
function supersedes(vote: Vote, known: Vote): boolean {
  if (vote.observedAtMs !== known.observedAtMs) return vote.observedAtMs > known.observedAtMs
  const gained = statedVolume(vote) - statedVolume(known)
  return gained === 0 ? vote.price < known.price : gained > 0
}
