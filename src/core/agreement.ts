/**
 * Agreement: which of many quotes may have a say in a price, and why the others may not. Each
 * source has one vote, and ends up in exactly one of two lists.
 */

import type { Quote } from './quote.ts'
import { type GatePolicy, hampelGate, isInside } from './robust.ts'
import { statedVolume } from './weighted-median.ts'

export type ConsensusPolicy = GatePolicy & {
  /** A quote older than this says nothing about now. Milliseconds. */
  readonly staleAfterMs: number
  /** Fewer agreeing sources than this is no consensus. */
  readonly minSources: number
}

export type RejectionReason = 'stale' | 'outlier' | 'out-of-range'
export type Rejection = { readonly source: string; readonly reason: RejectionReason }

/** What of a quote the vote looks at. */
export type Vote = Pick<Quote, 'source' | 'price' | 'volume' | 'observedAtMs'>

export type Agreement<V extends Vote = Vote> = {
  /** By ascending price. One a source. */
  readonly agreeing: readonly V[]
  /** Sorted by source. */
  readonly rejected: readonly Rejection[]
  /** The median of the fresh quotes; undefined where there is none. */
  readonly centre: number | undefined
  /** Agreeing sources that a consensus takes: the policy's least, and most of the fresh ones. */
  readonly required: number
}

/**
 * How far in the future a quote may be dated, milliseconds. A tick is named by the instant it was
 * due: it may run half an interval late (15 s), wait 10 s for an answer, and an exchange's clock
 * may be fast.
 */
const futureToleranceMs = 30_000

/**
 * Sorts quotes of one feed into those that agree and those that do not:
 *
 *     in range ─► newest of each source ─► fresh ─► Hampel gate
 *
 * A source is rejected as `out-of-range` if none of its quotes has a finite positive price and a
 * believable date, as `stale` if its newest is too old, as `outlier` if it fails the gate. The order
 * of the quotes does not matter.
 *
 * @param atMs The instant the quotes are judged at, Unix milliseconds.
 */
export function agreementOf<V extends Vote>(
  votes: readonly V[],
  policy: ConsensusPolicy,
  atMs: number,
): Agreement<V> {
  const rejected: Rejection[] = []
  const fresh: V[] = []
  for (const [source, vote] of newestBySource(votes, atMs)) {
    if (vote === undefined) rejected.push({ source, reason: 'out-of-range' })
    else if (atMs - vote.observedAtMs > policy.staleAfterMs) {
      rejected.push({ source, reason: 'stale' })
    } else fresh.push(vote)
  }
  fresh.sort(byPrice)

  const gate = hampelGate(
    fresh.map(({ price }) => price),
    policy,
  )
  const agreeing: V[] = []
  for (const vote of fresh) {
    if (gate !== undefined && isInside(gate, vote.price)) agreeing.push(vote)
    else rejected.push({ source: vote.source, reason: 'outlier' })
  }

  return {
    agreeing,
    rejected: rejected.sort(bySource),
    centre: gate?.centre,
    required: Math.max(policy.minSources, Math.floor(fresh.length / 2) + 1),
  }
}

/** Text order by code unit: the same on every machine, whatever its language. */
export function byCodeUnit(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

/** Each source's newest quote in range, or undefined where it has none. */
function newestBySource<V extends Vote>(
  votes: readonly V[],
  atMs: number,
): Map<string, V | undefined> {
  const newest = new Map<string, V | undefined>()
  for (const vote of votes) {
    const known = newest.get(vote.source)
    if (!isInRange(vote, atMs)) newest.set(vote.source, known)
    else if (known === undefined || supersedes(vote, known)) newest.set(vote.source, vote)
  }
  return newest
}

function isInRange({ price, observedAtMs }: Vote, atMs: number): boolean {
  return (
    Number.isFinite(price) &&
    price > 0 &&
    Number.isFinite(observedAtMs) &&
    observedAtMs - atMs <= futureToleranceMs
  )
}

/** Of two quotes of one instant the one of larger volume counts, then the lower: never the later. */
function supersedes(vote: Vote, known: Vote): boolean {
  if (vote.observedAtMs !== known.observedAtMs) return vote.observedAtMs > known.observedAtMs
  const gained = statedVolume(vote) - statedVolume(known)
  return gained === 0 ? vote.price < known.price : gained > 0
}

/** By source in the end, so that whatever is summed later is summed in one order. */
function byPrice(left: Vote, right: Vote): number {
  return left.price - right.price || byCodeUnit(left.source, right.source)
}

function bySource(left: Rejection, right: Rejection): number {
  return byCodeUnit(left.source, right.source)
}
