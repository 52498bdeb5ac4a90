/**
 * One feed's place in a frozen vector: the vote of the freeze's own tick, the last consensus rolled
 * forward while it is young, or nothing.
 */

import type { FrozenEntry, OrderedFeed } from '../protocol/bridge-wire.ts'
import type { Rolled } from './rolled.ts'

/** What a feed makes of quotes that it does not record; beside it the last consensus, rolled. */
export type Considered =
  | {
      readonly kind: 'priced'
      readonly price: number
      readonly confidence: number
      /** Half-width of the interval, 1/10 000 of the price. */
      readonly intervalBps: number
      /** How many equal independent sources it is worth. */
      readonly nEff: number
      /** A majority came together only in a wider gate, or with the help of newcomers. */
      readonly lowQuorum: boolean
      readonly rolled?: Rolled
    }
  /** Too few sources agreed. */
  | { readonly kind: 'no-quorum'; readonly rolled?: Rolled }

/** A price observed longer ago than a voting round is not rolled: the chain's "no value" is better. */
export const rollableMs = 90_000

/** A vote with an interval from here on is no better than a young one rolled. Half of FTSO's band. */
export const sureWithinBps = 25

/** Nor is one that is worth less than two sources, but for what rounding takes. */
const sureFromSources = 2 - 1e-9

/** Wider than this a vote says nothing that the chain has a use for: twice FTSO's band. */
export const usableWithinBps = 100

/**
 * The entry of a feed, the first of these that there is:
 *
 * 1. the vote of the freeze, if its interval is below 25 bps, it is worth two sources, and enough agreed
 *    in it: hardly enough have a quorum, but no word that a price of a minute ago could not match;
 * 2. the last consensus rolled by the return of those still heard, while it is young, flagged; one in
 *    which hardly enough agreed is not rolled (`rolledOf`);
 * 3. the vote of the freeze after all, if its interval is at most 100 bps: a majority's word;
 * 4. no price. The chain takes a missing value for "none", which costs less than a wrong one.
 *
 * @param considered Undefined if nobody knows what the feed makes of it, or it is none of ours.
 * @param atMs The instant of the freeze, Unix milliseconds.
 */
export function frozenEntryOf(
  { id, decimals }: OrderedFeed,
  considered: Considered | undefined,
  atMs: number,
): FrozenEntry {
  if (considered === undefined) return { id, decimals }
  const { rolled } = considered
  const isYoung = rolled !== undefined && atMs - rolled.observedAtMs <= rollableMs
  if (considered.kind === 'priced' && (isSure(considered) || !isYoung)) {
    const { price, confidence, intervalBps } = considered
    return intervalBps <= usableWithinBps ? { id, decimals, price, confidence } : { id, decimals }
  }
  if (!isYoung) return { id, decimals }
  return { id, decimals, price: rolled.price, confidence: rolled.confidence, rolled: true }
}

function isSure({
  intervalBps,
  nEff,
  lowQuorum,
}: Extract<Considered, { kind: 'priced' }>): boolean {
  return !lowQuorum && intervalBps < sureWithinBps && nEff >= sureFromSources
}
