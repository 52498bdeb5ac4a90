/**
 * The port of the replay: all that the server knows of an exchange. A new exchange is one small
 * file: its markets by their names, its routes, and how it writes a market's row. Prices, faults
 * and HTTP are not its business.
 */

import type { Book } from './book.ts'
import type { Market, Temper } from './market.ts'

export type Venue = {
  /** As in the base address: `/binance`. */
  readonly name: string
  /** The venue whose books it shows as its own, where it has none. */
  readonly mirrors?: string
  readonly temper: Temper
  /** All markets that it has a row for, in the order of its own lists. */
  readonly markets: readonly Market[]
  /** The name under which a market is answered, where it is not the one that is asked for. */
  readonly answerName?: (market: Market) => string
  readonly routes: readonly Route[]
  /** What it says of a path that it does not know. */
  readonly notFound: Reply
  /** The body with which it refuses, for a fault that asks for a status. */
  readonly refusal: (status: number) => unknown
}

export type Route = {
  readonly method: 'GET' | 'POST'
  /** Of the path below the venue's base address; its groups are handed to `answer`. */
  readonly path: RegExp
  readonly answer: (asked: Asked, book: Book) => Reply
}

export type Asked = {
  /** What the groups of the route's path matched, decoded. */
  readonly groups: readonly string[]
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Parsed JSON of a POST. */
  readonly body?: unknown
}

/** A string is sent as HTML, anything else as JSON. */
export type Reply = {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export function ok(body: unknown): Reply {
  return { status: 200, body }
}

/** An HTML page, as load balancers and protection services put before an exchange's own words. */
export function page(status: number, title: string): Reply {
  return {
    status,
    body: `<!DOCTYPE html>\n<html><head><title>${status} ${title}</title></head>\n<body><center><h1>${status} ${title}</h1></center></body></html>\n`,
  }
}
