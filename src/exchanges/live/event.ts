/** The words between a socket's machine, which decides, and its line, which does. */

import type { Ticker } from '../../core/quote.ts'
import type { Heard } from './live-exchange.ts'

export type LiveEvent =
  /** Somebody wants the tickers of these markets; said again at each tick. */
  | { readonly kind: 'wanted'; readonly markets: readonly string[] }
  | { readonly kind: 'opened'; readonly connection: number }
  | { readonly kind: 'heard'; readonly connection: number; readonly heard: Heard }
  | { readonly kind: 'ended'; readonly connection: number; readonly message: string }
  /** The time that `wakeAtMs` named has come, or any other one. */
  | { readonly kind: 'woken' }

export type LiveEffect =
  | { readonly kind: 'open'; readonly connection: number }
  /** Let go of the socket, whatever it does about it. */
  | { readonly kind: 'drop' }
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'keep'; readonly tickers: readonly Ticker[] }

/** Why a connection is over. */
export type LiveEnd = {
  /**
   * `unreachable`: it never opened. `closed`: it ended. `silent`: no word. `tickerless`: words, and
   * no ticker among them. `refused`: it wants nothing of us. `leaving`: it said so. `renewed`: we
   * replaced it. `idle`: nobody asked for it.
   */
  readonly code:
    | 'unreachable'
    | 'closed'
    | 'silent'
    | 'tickerless'
    | 'refused'
    | 'leaving'
    | 'renewed'
    | 'idle'
  readonly message: string
  /** Unix milliseconds. */
  readonly atMs: number
}

/** When something happens, and a throw of the dice. */
export type Moment = {
  /** Unix milliseconds. */
  readonly nowMs: number
  /** In [0, 1). */
  readonly chance: number
}
