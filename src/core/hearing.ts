/**
 * How a source is heard: by its last trade or by the middle of its book, how old that is, or why it
 * is not heard at all.
 *
 * A date is what a source says of itself, so it is believed only as far as its price goes on to
 * change: one that repeats itself under fresh dates ages all the same.
 */

import type { Vote } from './newest-votes.ts'
import type { Basis } from './outcome.ts'
import type { LastWords, SourceMemory } from './source-memory.ts'
import { tuning } from './tuning.ts'

export type Hearing = {
  readonly vote: Vote
  readonly known: SourceMemory | undefined
  /** Feed's quote currency for one unit of base. */
  readonly price: number
  readonly basis: Basis
  /** Since its price was made or, if that is longer, last changed. */
  readonly ageMs: number
  /** Half the width of its book as a fraction of the price, where it is heard by that; else 0. */
  readonly halfSpread: number
}

export type Unheard = 'stale' | 'frozen'

/** Since when a source says what it says, Unix milliseconds. */
export type Since = Pick<LastWords, 'priceSinceMs' | 'bookSinceMs' | 'allSinceMs'>

/** What of the feed a hearing depends on. */
export type Hour = {
  readonly atMs: number
  /** Standard deviation of the price's relative change over one second. */
  readonly volatility: number
  /** The same as far as it has been learnt; 0 before that. */
  readonly learntVolatility: number
  readonly staleAfterMs: number
}

/** Two figures that differ by less are the same figure: conversion to dollars rounds. */
const sameWithin = 1e-9

/**
 * A source's quote as it is heard.
 *
 * - A price is `stale` if it is dated, and `frozen` if it has not changed, for longer than eight of
 *   the source's own mean intervals, at least `staleAfterMs` and at most ten minutes. One that has
 *   not changed is yet not frozen while book or volume move and so little was to be expected of the
 *   market that standing still is no wonder.
 * - Where the last trade is too old or less telling than the middle of a book that still moves, the
 *   middle is heard, at a standard deviation wider by half of the book. The date of a ticker or of an
 *   answer speaks for the book too, so that a stale one is no way around the limit.
 */
export function hearingOf(
  vote: Vote,
  known: SourceMemory | undefined,
  hour: Hour,
): Hearing | Unheard {
  const statedMs = Math.max(0, hour.atMs - vote.observedAtMs)
  const since = known === undefined ? undefined : sinceWhen(vote, known.said, hour.atMs)
  const ageMs = since === undefined ? statedMs : Math.max(statedMs, hour.atMs - since.priceSinceMs)
  const fault = faultOf(statedMs, ageMs, { since, limitMs: limitOf(known, hour), hour })

  const bookMs = since === undefined ? 0 : hour.atMs - since.bookSinceMs
  const halfSpread = halfSpreadOf(vote)
  if (halfSpread !== undefined && isBookHeard({ vote, fault, bookMs, ageMs, halfSpread }, hour)) {
    return { vote, known, price: midOf(vote), basis: 'mid', ageMs: bookMs, halfSpread }
  }
  if (fault !== undefined) return fault
  const likelyMs = Math.max(ageMs, hiddenAgeMs(vote, known))
  return { vote, known, price: vote.price, basis: 'last', ageMs: likelyMs, halfSpread: 0 }
}

/** What is wrong with a last trade, if anything. */
function faultOf(
  statedMs: number,
  ageMs: number,
  {
    since,
    limitMs,
    hour,
  }: {
    readonly since: Since | undefined
    readonly limitMs: number
    readonly hour: Hour
  },
): Unheard | undefined {
  if (statedMs > limitMs) return 'stale'
  if (since === undefined) return undefined
  if (hour.atMs - since.allSinceMs > limitMs) return 'frozen'
  // A calm market, or one that nobody knows yet, may well stand still.
  const lively = Math.max(0, hour.learntVolatility - tuning.learning.leastVolatility)
  const isTelling = lively * Math.sqrt(ageMs / 1_000) > tuning.age.telltaleMove
  return ageMs > limitMs && isTelling ? 'frozen' : undefined
}

/** Whether the middle of a book says more than a last trade that is too old, or less sharp. */
function isBookHeard(
  {
    vote,
    fault,
    bookMs,
    ageMs,
    halfSpread,
  }: {
    readonly vote: Vote
    readonly fault: Unheard | undefined
    readonly bookMs: number
    readonly ageMs: number
    readonly halfSpread: number
  },
  { volatility, staleAfterMs }: Hour,
): boolean {
  if (bookMs > staleAfterMs) return false
  if (fault === 'stale') return vote.observedKind === 'trade'
  const perMs = (volatility * volatility) / 1_000
  return fault === 'frozen' || halfSpread * halfSpread + perMs * bookMs < perMs * ageMs
}

/** How old a price is likely to be that is not dated by its trade: the mean time between trades. */
function hiddenAgeMs({ observedKind }: Vote, known: SourceMemory | undefined): number {
  return isDatedByTrade(observedKind) ? 0 : (known?.intervalMs ?? 0)
}

function limitOf(known: SourceMemory | undefined, { staleAfterMs }: Hour): number {
  const ownMs = tuning.age.limitInIntervals * (known?.intervalMs ?? 0)
  return Math.min(Math.max(staleAfterMs, ownMs), Math.max(staleAfterMs, tuning.age.mostMs))
}

/** Half of its book by its middle; undefined where it says none, or one that tells nothing. */
function halfSpreadOf({ bid, ask }: Vote): number | undefined {
  if (bid === undefined || ask === undefined || !(bid > 0) || !(ask >= bid)) return undefined
  const halfSpread = (ask - bid) / (ask + bid)
  return halfSpread <= tuning.age.widestBook / 2 ? halfSpread : undefined
}

function midOf({ price, bid = price, ask = price }: Vote): number {
  return bid + (ask - bid) / 2
}

/** Since when a source says what it says. */
export function sinceWhen(vote: Vote, said: LastWords, atMs: number): Since {
  const nowMs = Math.min(vote.observedAtMs, atMs)
  const isSamePrice = isSame(ownPrice(vote), said.price)
  const isSameBook =
    isSame(ownSide(vote, vote.bid), said.bid) && isSame(ownSide(vote, vote.ask), said.ask)
  const isSameAll = isSamePrice && isSameBook && vote.volume === said.volume
  return {
    priceSinceMs: isSamePrice ? said.priceSinceMs : nowMs,
    bookSinceMs: isSameBook ? said.bookSinceMs : atMs,
    allSinceMs: isSameAll ? said.allSinceMs : nowMs,
  }
}

/** Whether a date is that of the last trade; one that nobody says anything else of is. */
export function isDatedByTrade(kind: Vote['observedKind']): boolean {
  return kind === undefined || kind === 'trade'
}

/** Its price in the market's own currency: dollars change with the rate, whatever the source says. */
export function ownPrice(vote: Vote): number {
  return vote.rawPrice ?? vote.price
}

/** A side of its book in the market's own currency; 0 where it says none. */
export function ownSide(vote: Vote, side: number | undefined): number {
  return side === undefined ? 0 : side / (vote.conversionRate ?? 1)
}

function isSame(one: number, other: number): boolean {
  return Math.abs(one - other) <= sameWithin * other
}
