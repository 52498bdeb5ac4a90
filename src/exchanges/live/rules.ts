/**
 * The spans of time by which a socket is judged. Silence is noticed long before the shortest round's
 * end (90 s) and before the next tick of the usual pace (30 s). A test shortens them.
 */

export type LiveRules = {
  /** A socket that has not opened by then never will. */
  readonly openWithinMs: number
  /** Where a ping is known, it is sent this often. */
  readonly pingEveryMs: number
  /** A socket without any word for so long is dead: two pings were not answered. */
  readonly silentAfterMs: number
  /** One that answers pings and tells of no market for so long is as good as dead. */
  readonly tickerlessAfterMs: number
  /** A connection that lived for so long was a good one: the next failure counts as the first. */
  readonly lastingMs: number
  /** The first wait after a failure, and the longest: it doubles. */
  readonly firstWaitMs: number
  readonly longestWaitMs: number
  /** Messages that ask for subscriptions are this far apart: Binance takes five a second. */
  readonly paceMs: number
  /** A connection is replaced at this age, before the venue cuts it (Binance after 24 hours). */
  readonly renewAfterMs: number
  /** A market that was refused is asked for again after so long. */
  readonly refusedForMs: number
  /** A socket for which nobody asks is let go: the object that holds it could not rest. */
  readonly idleAfterMs: number
}

const minuteMs = 60_000
const hourMs = 3_600_000

export const liveRules: LiveRules = {
  openWithinMs: 8_000,
  pingEveryMs: 5_000,
  silentAfterMs: 12_000,
  tickerlessAfterMs: 25_000,
  lastingMs: 2 * minuteMs,
  firstWaitMs: 500,
  longestWaitMs: 2 * minuteMs,
  paceMs: 250,
  renewAfterMs: 23 * hourMs,
  refusedForMs: 10 * minuteMs,
  idleAfterMs: 5 * minuteMs,
}

/** A ticker of the socket's memory is an answer while it is at most this old, milliseconds. */
export const freshForMs = 15_000

/** More markets than the catalogue has of any exchange; what is beyond is left to REST. */
export const maxLiveMarkets = 200

/**
 * The wait after a number of failures in a row, milliseconds. Half of it is certain, so that nobody
 * hammers; half is chance, so that those who fell together do not all come back at one moment.
 *
 * @param failures At least 1.
 * @param chance In [0, 1).
 */
export function waitMsAfter(failures: number, chance: number, rules: LiveRules): number {
  const boundMs = Math.min(rules.longestWaitMs, rules.firstWaitMs * 2 ** (failures - 1))
  return boundMs * (0.5 + 0.5 * chance)
}

/** How old a connection may grow, milliseconds: chance spreads the renewals of many over an hour. */
export function lifetimeMs(chance: number, { renewAfterMs }: LiveRules): number {
  return renewAfterMs * (1 - 0.05 * chance)
}
