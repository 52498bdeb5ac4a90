/** A stream's world on strings: its clock is turned by hand, its sockets say what a test says. */

import type { SocketLike } from '../../src/client/socket.ts'
import { openStream, type PriceStream } from '../../src/client/stream.ts'
import type { PriceRecord, StreamMessage } from '../../src/protocol/wire.ts'

/** The far end of one socket. */
export class FakeSocket implements SocketLike {
  /** What the client has said, parsed. */
  readonly said: unknown[] = []
  isClosed = false
  /** Whether sending fails, as it does on a socket that broke unnoticed. */
  isBroken = false
  readonly #listeners = new Map<string, ((event: { readonly data: unknown }) => void)[]>()

  addEventListener(type: string, listener: (event: { readonly data: unknown }) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener])
  }

  send(text: string): void {
    if (this.isBroken) throw new Error('The socket is broken.')
    this.said.push(JSON.parse(text))
  }

  close(): void {
    this.isClosed = true
  }

  open(): void {
    this.#emit('open')
  }

  tell(...messages: readonly StreamMessage[]): void {
    for (const message of messages) this.tellText(JSON.stringify(message))
  }

  tellText(data: unknown): void {
    this.#emit('message', data)
  }

  /** Browsers say both of a connection that fails. */
  fail(): void {
    this.#emit('error')
    this.#emit('close')
  }

  #emit(type: string, data?: unknown): void {
    for (const listener of this.#listeners.get(type) ?? []) listener({ data })
  }
}

type Answer = () => Promise<readonly PriceRecord[]>

/** A stream in a world of its own, and all that its listener heard, as a diary. */
export class StreamWorld {
  readonly sockets: FakeSocket[] = []
  readonly prices: PriceRecord[] = []
  readonly diary: string[] = []
  readonly fetched: (readonly string[])[] = []
  /** How the REST interface answers; with nothing, unless a test says otherwise. */
  answer: Answer = async () => []
  chance = 0
  nowMs = 0
  readonly stream: PriceStream
  #timer: { readonly atMs: number; readonly callback: () => void } | undefined

  constructor(onPrice: (price: PriceRecord) => void = () => undefined) {
    this.stream = openStream(
      {
        clientId: 'tester',
        openSocket: () => {
          const socket = new FakeSocket()
          this.sockets.push(socket)
          return socket
        },
        fetchPrices: (symbols) => {
          this.fetched.push(symbols)
          return this.answer()
        },
        nowMs: () => this.nowMs,
        chance: () => this.chance,
        later: (ms, callback) => {
          const timer = { atMs: this.nowMs + ms, callback }
          this.#timer = timer
          return () => {
            if (this.#timer === timer) this.#timer = undefined
          }
        },
        onListenerError: (error) => this.diary.push(`listener failed: ${String(error)}`),
      },
      {
        onPrice: (price) => {
          this.prices.push(price)
          onPrice(price)
        },
        onSubmission: ({ epoch, kind, status }) => this.diary.push(`${epoch} ${kind} ${status}`),
        onProblem: ({ code }) => this.diary.push(`problem: ${code}`),
        onState: (state) =>
          this.diary.push(
            state.kind === 'waiting' ? `waiting ${state.waitMs}: ${state.reason}` : state.kind,
          ),
      },
    )
  }

  /** The newest socket. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (socket === undefined) throw new Error('No socket was opened.')
    return socket
  }

  /** Numbers of the prices that were heard, in order. */
  get seqs(): readonly number[] {
    return this.prices.map(({ seq }) => seq)
  }

  get hasTimer(): boolean {
    return this.#timer !== undefined
  }

  /** Lets time pass; what falls due in it happens at its time. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms
    for (let due = this.#due(untilMs); due !== undefined; due = this.#due(untilMs)) {
      this.nowMs = Math.max(this.nowMs, due.atMs)
      due.callback()
    }
    this.nowMs = untilMs
  }

  /** Lets time pass until a socket more is opened; how long that took, to 50 ms. */
  passToNextSocket(): number {
    const { length } = this.sockets
    const fromMs = this.nowMs
    while (this.sockets.length === length) this.pass(50)
    return this.nowMs - fromMs
  }

  /** Time passes while the machine sleeps: what fell due happens once, at the end. */
  sleep(ms: number): void {
    this.nowMs += ms
    this.#due(this.nowMs)?.callback()
  }

  #due(untilMs: number) {
    const timer = this.#timer
    if (timer === undefined || timer.atMs > untilMs) return undefined
    this.#timer = undefined
    return timer
  }
}
