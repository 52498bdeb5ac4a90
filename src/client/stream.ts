/**
 * A stream of prices over a WebSocket: does what its machine decides. Nothing here waits for a
 * socket; every one has a number, and one that is let go of is not heard any more.
 */

import { type FeedSymbol, feedSymbol } from '../protocol/feed.ts'
import { maxSymbols, type PriceRecord } from '../protocol/wire.ts'
import { ClientError, ownError } from './client-error.ts'
import type { SocketLike } from './socket.ts'
import type { StreamEffect, StreamEvent, StreamState } from './stream-event.ts'
import type { StreamProblem, Submission } from './stream-hearing.ts'
import { newStream, step, type StreamMachine, wakeAtMs } from './stream-machine.ts'

export type StreamListener = {
  /** Hears each price once, in order, as far as the server still remembers it. */
  readonly onPrice?: (price: PriceRecord) => void
  /** Hears what became of each call on chain; perhaps twice, and none while disconnected. */
  readonly onSubmission?: (submission: Submission) => void
  readonly onState?: (state: StreamState) => void
  /** Hears what the server refused, and what could not be read. The stream goes on. */
  readonly onProblem?: (problem: StreamProblem) => void
}

export type PriceStream = {
  /**
   * Begins to listen to feeds, in any spelling: `BTC`, `BTC-USD`.
   *
   * @throws {ProtocolError} `symbol-malformed`
   * @throws {ClientError} `too-many-symbols`
   */
  readonly subscribe: (symbols: readonly string[]) => void
  readonly unsubscribe: (symbols: readonly string[]) => void
  /** Tries at once what would be tried later: for when a machine wakes up or comes online. */
  readonly nudge: () => void
  /** Ends the stream for good, at once. */
  readonly close: () => void
}

/** The world of a stream: what a test replaces. */
export type StreamDeps = {
  readonly clientId: string
  readonly openSocket: () => SocketLike
  readonly fetchPrices: (symbols: readonly string[]) => Promise<readonly PriceRecord[]>
  /** Milliseconds, of a clock that never goes back. */
  readonly nowMs: () => number
  /** 0 (inclusive) to 1 (exclusive). */
  readonly chance: () => number
  /** Calls back after a while; returns what takes that back. */
  readonly later: (ms: number, callback: () => void) => () => void
  /** Hears what a listener threw: its mistake, which must not end the stream. */
  readonly onListenerError: (error: unknown) => void
}

/** The close code of one who is done. */
const normalClosure = 1000

/** Opens a stream, which tries until it is closed. */
export function openStream(deps: StreamDeps, listener: StreamListener): PriceStream {
  const stream = new SocketStream(deps, listener)
  stream.happened({ kind: 'started' })
  return {
    subscribe: (names) => stream.subscribe(names.map(feedSymbol)),
    unsubscribe: (names) =>
      stream.happened({ kind: 'unsubscribed', symbols: names.map(feedSymbol) }),
    nudge: () => stream.happened({ kind: 'nudged' }),
    close: () => stream.happened({ kind: 'stopped' }),
  }
}

class SocketStream {
  readonly #deps: StreamDeps
  readonly #listener: StreamListener
  readonly #events: StreamEvent[] = []
  #machine: StreamMachine
  #socket: SocketLike | undefined
  #cancelWake: () => void = () => undefined
  #isBusy = false

  constructor(deps: StreamDeps, listener: StreamListener) {
    this.#deps = deps
    this.#listener = listener
    this.#machine = newStream(deps.clientId)
  }

  subscribe(symbols: readonly FeedSymbol[]): void {
    const wanted = new Set([...this.#machine.hearing.wanted, ...symbols])
    if (wanted.size > maxSymbols) {
      throw ownError('too-many-symbols', `A stream may listen to ${maxSymbols} feeds.`)
    }
    this.happened({ kind: 'subscribed', symbols })
  }

  /** What effects cause waits until all effects of the event before are done. */
  happened(event: StreamEvent): void {
    this.#events.push(event)
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      for (let next = this.#events.shift(); next; next = this.#events.shift()) this.#take(next)
    } finally {
      this.#isBusy = false
      this.#planWake()
    }
  }

  #take(event: StreamEvent): void {
    const moment = { nowMs: this.#deps.nowMs(), chance: this.#deps.chance() }
    const { machine, effects } = step(this.#machine, event, moment)
    this.#machine = machine
    for (const effect of effects) this.#perform(effect)
  }

  #planWake(): void {
    this.#cancelWake()
    const atMs = wakeAtMs(this.#machine)
    if (atMs === undefined) return
    const wake = (): void => this.happened({ kind: 'woken' })
    this.#cancelWake = this.#deps.later(Math.max(0, atMs - this.#deps.nowMs()), wake)
  }

  #perform(effect: StreamEffect): void {
    switch (effect.kind) {
      case 'connect':
        return this.#connect(effect.connection)
      case 'drop':
        return this.#drop()
      case 'say':
        return this.#say(JSON.stringify(effect.message))
      case 'fetch-snapshot':
        void this.#fetchSnapshot(effect.symbols)
        return undefined
      case 'tell-price':
        return this.#tell(() => this.#listener.onPrice?.(effect.price))
      case 'tell-submission':
        return this.#tell(() => this.#listener.onSubmission?.(effect.submission))
      case 'tell-problem':
        return this.#tell(() => this.#listener.onProblem?.(effect.problem))
      case 'tell-state':
        return this.#tell(() => this.#listener.onState?.(effect.state))
    }
  }

  #connect(connection: number): void {
    const ended = (): void => this.happened({ kind: 'ended', connection })
    const socket = this.#opened()
    if (socket === undefined) return ended()
    this.#socket = socket
    socket.addEventListener('open', () => this.happened({ kind: 'opened', connection }))
    socket.addEventListener('message', ({ data }) =>
      this.happened({ kind: 'heard', connection, data }),
    )
    socket.addEventListener('close', ended)
    socket.addEventListener('error', ended)
    return undefined
  }

  #opened(): SocketLike | undefined {
    try {
      return this.#deps.openSocket()
    } catch {
      // Refused before it was tried, as a page's policy may; told like any that does not come.
      return undefined
    }
  }

  #drop(): void {
    try {
      this.#socket?.close(normalClosure)
    } catch {
      // Some sockets refuse to be closed before they are open. Nobody listens to it any more.
    }
    this.#socket = undefined
  }

  #say(text: string): void {
    try {
      this.#socket?.send(text)
    } catch {
      // It broke before it said so.
      this.happened({ kind: 'ended', connection: this.#machine.connection })
    }
  }

  async #fetchSnapshot(symbols: readonly FeedSymbol[]): Promise<void> {
    try {
      this.happened({ kind: 'snapshot-came', prices: await this.#deps.fetchPrices(symbols) })
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      this.happened({ kind: 'snapshot-failed', symbols, retryAfterMs: error.retryAfterMs ?? 0 })
    }
  }

  #tell(callback: () => void): void {
    try {
      callback()
    } catch (error) {
      this.#deps.onListenerError(error)
    }
  }
}
