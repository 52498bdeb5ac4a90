/**
 * The port of a socket: all that the program knows of an exchange that pushes its tickers. Every
 * half of it is pure; whoever has a socket hands in what it heard, and when.
 */

import type { Ticker } from '../../core/quote.ts'

export type LiveExchange = {
  /** As its REST adapter is called: the two are one source. */
  readonly name: string
  /** Where its public WebSocket interface lives. Settings may replace it (a replay, another host). */
  readonly url: string
  /** The name under which a market of the catalogue is subscribed to and told of. */
  readonly nameOf: (market: string) => string
  /** Most markets that one message may subscribe to. */
  readonly maxMarkets: number
  /** One unknown market costs all others of its message, which are then asked for again. */
  readonly refusesWhole: boolean
  /** The message that subscribes to the tickers of some markets. */
  readonly subscribe: (names: readonly string[], asking: Asking) => string
  /** A question that it answers at any time; absent where it says something each second anyhow. */
  readonly ping?: (asking: Asking) => string
  /** What a message is. Never throws: a socket may say anything. */
  readonly read: (message: unknown, hearing: Hearing) => Heard
}

export type Asking = {
  /** Names the message on its connection: counted from 1, never twice the same. */
  readonly id: number
  /** Unix milliseconds. */
  readonly nowMs: number
}

export type Hearing = {
  /** The markets that are wanted, by the exchange's name for each. */
  readonly marketOf: ReadonlyMap<string, string>
  /** When the message arrived, Unix milliseconds. */
  readonly receivedAtMs: number
}

/** What was heard. Every message proves that the connection lives, whatever it is. */
export type Heard =
  | { readonly kind: 'tickers'; readonly tickers: readonly Ticker[] }
  /** A pong, a heartbeat, an acknowledgement, or a word that we do not know. */
  | { readonly kind: 'other' }
  | Refusal
  /** The exchange is about to close the connection, and says so. */
  | { readonly kind: 'leaving'; readonly message: string }

export type Refusal = {
  readonly kind: 'refused'
  /** The markets that it does not know, where it names any. */
  readonly markets: readonly string[]
  /** The message that it refuses, where it says which. */
  readonly id?: number
  readonly message: string
}

export const other: Heard = { kind: 'other' }

/** The tickers of a message; some other word if it held none that can be read. */
export function tickersHeard(tickers: readonly (Ticker | undefined)[]): Heard {
  const read = tickers.filter((ticker) => ticker !== undefined)
  return read.length === 0 ? other : { kind: 'tickers', tickers: read }
}
