/**
 * The replay without its HTTP: which venue is asked, how it feels today, and what it answers. The
 * clock is handed in, so that a test can ask about any instant.
 */

import { bookOf } from './book.ts'
import { dayStatistics } from './day.ts'
import { type Fault, faultSchema, healthy } from './faults.ts'
import type { Tape } from './tape.ts'
import { type Asked, ok, page, type Reply, type Venue } from './venue.ts'

/** What becomes of a request. */
export type Answer =
  | { readonly kind: 'reply'; readonly reply: Reply; readonly delayMs: number }
  /** JSON that breaks off half-way. */
  | { readonly kind: 'torn'; readonly reply: Reply }
  | { readonly kind: 'reset' }
  | { readonly kind: 'silence' }

export type ReplayRequest = Omit<Asked, 'groups'> & {
  readonly method: string
  /** Below the venue's base address, still encoded; begins with a slash. */
  readonly path: string
}

export type Replay = {
  readonly venues: readonly Venue[]
  /** Undefined if there is no such venue. */
  readonly answer: (venueName: string, request: ReplayRequest) => Answer | undefined
  readonly faults: () => Readonly<Record<string, Fault>>
  /**
   * Replaces the state of one venue, or of all; false if there is no such venue.
   *
   * @throws {z.ZodError} if the body describes no fault.
   */
  readonly setFault: (venueName: string | undefined, body: unknown) => boolean
}

type Mood = { readonly fault: Fault; readonly sinceMs: number }

export function replayOf(venues: readonly Venue[], tape: Tape, now: () => number): Replay {
  const sources = { tape, dayOf: dayStatistics(tape) }
  const venueByName = new Map(venues.map((venue) => [venue.name, venue]))
  const moods = new Map<string, Mood>()

  const faultOf = (name: string) => moods.get(name)?.fault ?? healthy

  function bookFor(venue: Venue) {
    const { fault, sinceMs } = moods.get(venue.name) ?? { fault: healthy, sinceMs: 0 }
    const atMs = now() - fault.lagSec * 1_000
    return bookOf(sources, venue, atMs, {
      factor: fault.marketFactor,
      pricesAtMs: fault.frozen ? Math.min(sinceMs, atMs) : atMs,
    })
  }

  return {
    venues,

    answer(venueName, request) {
      const venue = venueByName.get(venueName)
      return (
        venue &&
        answered(venue, faultOf(venueName), () => replyOf(venue, request, () => bookFor(venue)))
      )
    },

    faults: () => Object.fromEntries(venues.map(({ name }) => [name, faultOf(name)])),

    setFault(venueName, body) {
      const mood = { fault: faultSchema.parse(body), sinceMs: now() }
      const names = venueName === undefined ? [...venueByName.keys()] : [venueName]
      if (!names.every((name) => venueByName.has(name))) return false
      for (const name of names) moods.set(name, mood)
      return true
    },
  }
}

function answered(venue: Venue, fault: Fault, reply: () => Reply): Answer {
  switch (fault.mode) {
    case 'ok':
      return { kind: 'reply', reply: reply(), delayMs: 0 }
    case 'slow':
      return { kind: 'reply', reply: reply(), delayMs: fault.delayMs }
    case 'garbage':
      return { kind: 'torn', reply: { ...reply(), status: 200 } }
    case 'html':
      return { kind: 'reply', reply: page(403, 'Forbidden'), delayMs: 0 }
    case 'status':
      return { kind: 'reply', reply: refusalOf(venue, fault), delayMs: 0 }
    case 'down':
      return { kind: 'reset' }
    case 'hang':
      return { kind: 'silence' }
  }
}

function refusalOf(venue: Venue, { status, retryAfterSec }: Fault): Reply {
  const refusal = { ...ok(venue.refusal(status)), status }
  return retryAfterSec === undefined
    ? refusal
    : { ...refusal, headers: { 'Retry-After': String(retryAfterSec) } }
}

function replyOf(
  venue: Venue,
  { method, path, ...asked }: ReplayRequest,
  book: () => ReturnType<typeof bookOf>,
): Reply {
  for (const route of venue.routes) {
    const match = route.method === method ? route.path.exec(path) : null
    if (match !== null) return route.answer({ ...asked, groups: match.slice(1) }, book())
  }
  return venue.notFound
}
