/**
 * The server's clock, as seen from here: a visitor's own may be wrong by minutes, and every age on
 * the page would be wrong with it.
 */

/** One look at the server's clock, Unix milliseconds: ours before and after, its in between. */
export type Glance = {
  readonly askedAtMs: number
  readonly servedAtMs: number
  readonly answeredAtMs: number
}

export type ServerClock = {
  /** What to add to our clock to have the server's. Milliseconds. */
  readonly offsetMs: number
  /** By how much that may be wrong. Infinite before the first look. */
  readonly toleranceMs: number
}

export const unseenClock: ServerClock = { offsetMs: 0, toleranceMs: Number.POSITIVE_INFINITY }

/** A good look counts for less as clocks drift apart: so much a look. Milliseconds. */
const driftMs = 5

/** The clock after another look: the one with the shorter way knows better. */
export function adjusted(clock: ServerClock, glance: Glance): ServerClock {
  const halfWayMs = (glance.answeredAtMs - glance.askedAtMs) / 2
  const seen: ServerClock = {
    offsetMs: glance.servedAtMs - (glance.askedAtMs + halfWayMs),
    toleranceMs: halfWayMs,
  }
  const kept = { ...clock, toleranceMs: clock.toleranceMs + driftMs }
  // Further apart than both allow, one of the clocks was set: the new look is right.
  const isSet = Math.abs(seen.offsetMs - kept.offsetMs) > seen.toleranceMs + kept.toleranceMs
  return isSet || seen.toleranceMs <= kept.toleranceMs ? seen : kept
}
