/**
 * One line to an exchange: does what its machine decides, with a socket and a timer that are handed
 * in. Nothing here is awaited: a socket tells, and what it does not tell in time is the machine's
 * to notice.
 */

import type { Ticker } from '../../core/quote.ts'
import type { LiveEffect, LiveEnd, LiveEvent } from './event.ts'
import type { LiveExchange } from './live-exchange.ts'
import { step, wakeAtMs } from './machine.ts'
import { LiveMemory } from './memory.ts'
import { messageOf } from './message.ts'
import { type LiveMachine, newMachine } from './passage.ts'
import { freshForMs, type LiveRules } from './rules.ts'

/** A socket that is opening or open. Neither call waits for anything. */
export type LiveSocket = { readonly send: (text: string) => void; readonly close: () => void }

/** What a socket tells of itself. */
export type SocketListener = {
  readonly opened: () => void
  readonly heard: (data: unknown) => void
  /** It is over, or never was. */
  readonly ended: (message: string) => void
}

export type LiveDeps = {
  readonly open: (url: string, listener: SocketListener) => LiveSocket
  /** Has something done after a span, unless the answer is called before. Milliseconds. */
  readonly after: (ms: number, act: () => void) => () => void
  /** Unix milliseconds. */
  readonly nowMs: () => number
  /** In [0, 1). */
  readonly chance: () => number
  readonly rules: LiveRules
}

export type LineState = {
  readonly socket: LiveMachine['phase']['kind']
  /** Wanted markets with a fresh ticker. */
  readonly fresh: number
  /** Connections that have opened. */
  readonly connections: number
  readonly lastEnd?: LiveEnd
}

export class Line {
  readonly #exchange: LiveExchange
  readonly #url: string
  readonly #deps: LiveDeps
  readonly #memory = new LiveMemory()
  #machine = newMachine
  #markets: readonly string[] = []
  #marketOf: ReadonlyMap<string, string> = new Map()
  #socket: LiveSocket | undefined
  #timer: { readonly atMs: number; readonly cancel: () => void } | undefined
  /** Events that came while one was being dealt with. */
  readonly #queue: LiveEvent[] = []
  #isBusy = false

  constructor(exchange: LiveExchange, url: string, deps: LiveDeps) {
    this.#exchange = exchange
    this.#url = url
    this.#deps = deps
  }

  /** Says which markets are wanted, at each tick anew: a line that nobody wants lets its socket go. */
  want(markets: readonly string[]): void {
    if (!isSame(markets, this.#markets)) {
      this.#markets = [...markets]
      this.#marketOf = new Map(markets.map((market) => [this.#exchange.nameOf(market), market]))
      this.#memory.want(new Set(markets))
    }
    this.#take({ kind: 'wanted', markets: this.#markets })
  }

  /** The fresh tickers of these markets. */
  fresh(markets: readonly string[]): readonly Ticker[] {
    return this.#memory.since(this.#deps.nowMs() - freshForMs, markets)
  }

  state(): LineState {
    const { phase, opened, lastEnd } = this.#machine
    const fresh = this.fresh(this.#markets).length
    return { socket: phase.kind, fresh, connections: opened, ...(lastEnd && { lastEnd }) }
  }

  /** Lets go of the socket and the timer. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#drop()
  }

  #take(event: LiveEvent): void {
    this.#queue.push(event)
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        const moment = { nowMs: this.#deps.nowMs(), chance: this.#deps.chance() }
        const { machine, effects } = step(this.#machine, next, moment, this.#terms())
        this.#machine = machine
        for (const effect of effects) this.#do(effect)
      }
    } finally {
      this.#isBusy = false
    }
    this.#arm()
  }

  #do(effect: LiveEffect): void {
    switch (effect.kind) {
      case 'open':
        return this.#open(effect.connection)
      case 'drop':
        return this.#drop()
      case 'say':
        return this.#say(effect.text)
      case 'keep':
        return this.#memory.keep(effect.tickers)
    }
  }

  #open(connection: number): void {
    this.#socket = this.#deps.open(this.#url, {
      opened: () => this.#take({ kind: 'opened', connection }),
      heard: (data) => this.#hear(connection, data),
      ended: (message) => this.#take({ kind: 'ended', connection, message }),
    })
  }

  #hear(connection: number, data: unknown): void {
    const hearing = { marketOf: this.#marketOf, receivedAtMs: this.#deps.nowMs() }
    const heard = this.#exchange.read(messageOf(data), hearing)
    this.#take({ kind: 'heard', connection, heard })
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = undefined
    try {
      socket?.close()
    } catch {
      // It is let go of either way.
    }
  }

  #say(text: string): void {
    try {
      this.#socket?.send(text)
    } catch (error) {
      const { connection } = this.#machine
      this.#queue.push({ kind: 'ended', connection, message: String(error) })
    }
  }

  /** A timer that is too early costs one look; so messages need not move it each time. */
  #arm(): void {
    const atMs = wakeAtMs(this.#machine, this.#terms())
    if (atMs === undefined || (this.#timer !== undefined && this.#timer.atMs <= atMs)) return
    this.#timer?.cancel()
    const cancel = this.#deps.after(Math.max(0, atMs - this.#deps.nowMs()), () => {
      this.#timer = undefined
      this.#take({ kind: 'woken' })
    })
    this.#timer = { atMs, cancel }
  }

  #terms() {
    return { exchange: this.#exchange, rules: this.#deps.rules }
  }
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((market, i) => market === others[i])
}
