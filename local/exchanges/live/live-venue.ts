/**
 * The port of a replayed socket: how one venue reads what its listeners say, and how it tells of a
 * market. Sockets, faults and the time of each beat are not its business.
 */

import type { Book } from '../book.ts'
import type { Market } from '../market.ts'
import type { Venue } from '../venue.ts'

export type LiveVenue = {
  readonly venue: Venue
  /** The name under which a market is subscribed to. */
  readonly nameOf: (market: Market) => string
  /** What it says of itself once a socket is open. */
  readonly greeting?: unknown
  readonly hear: (message: string, floor: Floor) => Reaction
  /** A market's ticker. */
  readonly tell: (market: Market, book: Book) => unknown
  /** What it says at each beat while a listener is subscribed to anything. */
  readonly heartbeat?: (market: Market, atMs: number) => unknown
}

export type Floor = {
  /** The market of a name; undefined where it has none, or refuses to have any. */
  readonly marketOf: (name: string) => Market | undefined
  /** Names that the listener is subscribed to already. */
  readonly subscribed: readonly string[]
  /** Unix milliseconds. */
  readonly atMs: number
}

export type Reaction = {
  /** Sent in this order: a string as it is, anything else as JSON. */
  readonly replies: readonly unknown[]
  /** Names that the listener is subscribed to from now on. */
  readonly granted: readonly string[]
}

/** What it does about a message that it cannot make anything of. */
export const nothingHeard: Reaction = { replies: [], granted: [] }

/** A message as fields; none where it is no JSON object. */
export function fieldsOf(message: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(message)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    // A venue says nothing of what it cannot read, or closes; ours says nothing.
    return {}
  }
}

/** The strings of a list; none where a value is not one. */
export function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
