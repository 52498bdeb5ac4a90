/**
 * The replay without its HTTP: which venue is asked, how it feels today, and what it answers. The
 * clock is handed in, so that a test can ask about any instant.
 */

import { type Book, bookOf } from './book.ts'
import { dayStatistics } from './day.ts'
import { type Fault, faultSchema, healthy } from './faults.ts'
import { missingNames, withoutRows } from './missing.ts'
import { breakableTape, type BrokenPegs, pegsSchema } from './pegs.ts'
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
  /** What a venue knows of its markets now; undefined if there is no such venue. */
  readonly book: (venueName: string) => Book | undefined
  readonly faults: () => Readonly<Record<string, Fault>>
  /**
   * Replaces the state of one venue, or of all; false if there is no such venue.
   *
   * @throws {z.ZodError} if the body describes no fault.
   */
  readonly setFault: (venueName: string | undefined, body: unknown) => boolean
  /** What stablecoins are worth against the tape, for all venues alike. */
  readonly pegs: () => BrokenPegs
  /**
   * Breaks pegs from now on; `{}` mends them.
   *
   * @throws {z.ZodError} if the body describes no pegs.
   */
  readonly setPegs: (body: unknown) => void
}

type Mood = {
  readonly fault: Fault
  readonly sinceMs: number
  /** Names of rows that its answers leave out. */
  readonly missing: ReadonlySet<string>
}

const wellMood: Mood = { fault: healthy, sinceMs: 0, missing: new Set() }

const minuteMs = 60_000

export function replayOf(venues: readonly Venue[], bundled: Tape, now: () => number): Replay {
  const { tape, pegs, breakPegs } = breakableTape(bundled)
  const sources = { tape, dayOf: dayStatistics(tape) }
  const venueByName = new Map(venues.map((venue) => [venue.name, venue]))
  const moods = new Map<string, Mood>()

  const moodOf = (name: string) => moods.get(name) ?? wellMood

  function bookFor(venue: Venue) {
    const { fault, sinceMs } = moodOf(venue.name)
    const atMs = now() - fault.lagSec * 1_000
    const pricesAtMs = fault.frozen ? Math.min(sinceMs, atMs) : atMs
    return bookOf(sources, { ...venue, name: venue.mirrors ?? venue.name }, atMs, {
      factor: factorAt(pricesAtMs, fault, sinceMs),
      pricesAtMs,
    })
  }

  return {
    venues,

    answer(venueName, request) {
      const venue = venueByName.get(venueName)
      if (venue === undefined) return undefined
      const { fault, missing } = moodOf(venueName)
      const reply = () => replyOf(venue, request, () => bookFor(venue))
      return answered(venue, fault, () =>
        withoutRows(reply(), missing, { venue, path: request.path }),
      )
    },

    book(venueName) {
      const venue = venueByName.get(venueName)
      return venue && bookFor(venue)
    },

    pegs,
    setPegs: (body) => breakPegs(pegsSchema.parse(body).pegs, now()),

    faults: () => Object.fromEntries(venues.map(({ name }) => [name, moodOf(name).fault])),

    setFault(venueName, body) {
      const fault = faultSchema.parse(body)
      const sinceMs = now()
      const struck =
        venueName === undefined ? venues : venues.filter(({ name }) => name === venueName)
      for (const venue of struck) {
        moods.set(venue.name, { fault, sinceMs, missing: missingNames(venue, fault) })
      }
      return struck.length > 0
    },
  }
}

/** How far a venue is off: by a step at once, and by more each minute. */
function factorAt(atMs: number, { marketFactor, driftBpsPerMin }: Fault, sinceMs: number): number {
  const minutes = Math.max(0, atMs - sinceMs) / minuteMs
  return marketFactor * Math.exp((driftBpsPerMin / 10_000) * minutes)
}

function answered(venue: Venue, fault: Fault, reply: () => Reply): Answer {
  switch (fault.mode) {
    case 'ok':
      return { kind: 'reply', reply: reply(), delayMs: 0 }
    case 'slow':
      return { kind: 'reply', reply: reply(), delayMs: fault.delayMs }
    case 'garbage':
      return { kind: 'torn', reply: { ...reply(), status: 200 } }
    case 'wrong':
      return { kind: 'reply', reply: ok(anotherShape), delayMs: 0 }
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

/** JSON as sound as any, in which no venue's reader finds a word that it knows. */
const anotherShape = { schema: 'v2', payload: { quotes: [{ pair: ['BTC', 'USD'], mid: {} }] } }

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
