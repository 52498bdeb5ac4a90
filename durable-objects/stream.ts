/**
 * Fan-out: one shard of the sockets of everyone who listens, and the last five minutes of prices,
 * so that any shard can resume any listener. What a listener hears is written on its socket.
 */

import { DurableObject } from 'cloudflare:workers'
import { z } from 'zod'
import { catalogueSymbols } from '../src/catalogue.ts'
import { type Farewell, heard, newListener } from '../src/core/conduct.ts'
import type { Listener } from '../src/core/listener.ts'
import { submissionNoticeOf } from '../src/core/submission-notice.ts'
import { keyIdHeader, keyLimitHeader } from '../src/protocol/api-key.ts'
import type { SubmissionReport } from '../src/protocol/bridge-wire.ts'
import { symbolSchema } from '../src/protocol/feed.ts'
import {
  maxSymbols,
  type PriceRecord,
  priceTtlSec,
  type StreamMessage,
} from '../src/protocol/wire.ts'
import { ToldOnce } from './told-once.ts'

/** Ticks older than this cannot be resumed from. */
const rememberedMs = priceTtlSec * 1_000

/** Rows of the ring: five minutes at the fastest cadence, one tick every two seconds, both ends. */
const ringSize = 151

/** The one subprotocol; whatever else is offered, a key perhaps, is never said back. */
const subprotocol = 'chrono.v1'

/** Most listeners of a shard; beyond it the door says to come again later. */
const maxListeners = 8_000

/**
 * A key may have as many listeners at a shard as it may make requests a minute, and at least so
 * many: one key alone fills no shard.
 */
const minListenersOfKey = 50

/** Close codes that nobody may send: reserved, or made up by the runtime when no close frame came. */
const unsendable: ReadonlySet<number> = new Set([1004, 1005, 1006, 1015])

const policyViolation = 1008

const attachmentSchema = z.object({
  symbols: z.array(symbolSchema).max(maxSymbols),
  strikes: z.int(),
  minuteAtMs: z.int(),
  messages: z.int(),
  told: z.int(),
})

type TickRow = { slot: number; at_ms: number; json: string }
type StreamedTick = { readonly atMs: number; readonly records: readonly PriceRecord[] }

export class StreamObject extends DurableObject<Env> {
  readonly #sql: SqlStorage
  readonly #told: ToldOnce
  /** What the attachments say, without reading them anew for every tick. */
  readonly #listeners = new WeakMap<WebSocket, Listener>()
  #ticks: StreamedTick[] | undefined
  #nextSlot = 0

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS tick (
        slot  INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        json  TEXT NOT NULL
      ) STRICT`)
    this.#told = new ToldOnce(this.#sql)
    // The runtime itself answers, so that a ping does not wake a hibernating object.
    ctx.setWebSocketAutoResponse(
      new WebSocketRequestResponsePair('{"action":"ping"}', '{"type":"pong"}'),
    )
  }

  /** Takes a listener in. The Worker has asked for its key before, and says whose it is. */
  override fetch(request: Request): Response {
    if (request.headers.get('Upgrade')?.toLowerCase() !== 'websocket') {
      return new Response('Expected a WebSocket.', { status: 426 })
    }
    if (this.ctx.getWebSockets().length >= maxListeners) {
      return new Response('This shard is full.', { status: 503, headers: { 'Retry-After': '5' } })
    }
    // Those of whom it is not said count as one key's.
    const tag = tagOf(request.headers.get(keyIdHeader) ?? '')
    const limit = Number(request.headers.get(keyLimitHeader)) || 0
    if (this.ctx.getWebSockets(tag).length >= Math.max(limit, minListenersOfKey)) {
      const headers = { 'Retry-After': '60' }
      return new Response('This key has too many listeners here.', { status: 429, headers })
    }
    const { 0: client, 1: server } = new WebSocketPair()
    this.ctx.acceptWebSocket(server, [tag])
    this.#remember(server, newListener)
    const offered = request.headers.get('Sec-WebSocket-Protocol')?.split(',') ?? []
    const isOffered = offered.some((protocol) => protocol.trim() === subprotocol)
    return new Response(null, {
      status: 101,
      webSocket: client,
      ...(isOffered && { headers: { 'Sec-WebSocket-Protocol': subprotocol } }),
    })
  }

  /** Tells everyone who listens; a tick told before is not told again. */
  broadcast(atMs: number, records: readonly PriceRecord[]): { readonly listeners: number } {
    const sockets = this.ctx.getWebSockets()
    const newest = this.#remembered().at(-1)
    if (newest !== undefined && atMs <= newest.atMs) return { listeners: sockets.length }
    this.#keep({ atMs, records })

    const messages = new Map(records.map((record) => [record.symbol, updateText(record)]))
    for (const socket of sockets) {
      for (const symbol of this.#listenerOf(socket).symbols) {
        const message = messages.get(symbol)
        if (message !== undefined) sendIfOpen(socket, message)
      }
    }
    return { listeners: sockets.length }
  }

  /** Tells everyone, whatever they listen to, what became of our calls on chain; each report once. */
  announce(reports: readonly SubmissionReport[]): void {
    for (const report of reports) {
      if (!this.#told.isNew(report.id)) continue
      const message = JSON.stringify(submissionNoticeOf(report))
      for (const socket of this.ctx.getWebSockets()) sendIfOpen(socket, message)
    }
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    // What was on its way when the listener was shown out.
    if (socket.readyState !== WebSocket.OPEN) return
    const { messages, listener, farewell } = heard(message, this.#listenerOf(socket), {
      known: catalogueSymbols,
      ticks: this.#remembered().map(({ records }) => records),
      nowMs: Date.now(),
    })
    for (const each of messages) sendIfOpen(socket, JSON.stringify(each))
    this.#remember(socket, listener)
    if (farewell !== undefined) showOut(socket, farewell)
  }

  /** Shows out all who listen with a key. */
  expel(keyId: string): void {
    const farewell = { code: 'key-revoked', message: 'The key of this stream is revoked.' }
    for (const socket of this.ctx.getWebSockets(tagOf(keyId))) showOut(socket, farewell)
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    if (!unsendable.has(code)) socket.close(code, reason)
  }

  #listenerOf(socket: WebSocket): Listener {
    const known = this.#listeners.get(socket)
    if (known !== undefined) return known
    const listener = attachmentSchema.parse(socket.deserializeAttachment())
    this.#listeners.set(socket, listener)
    return listener
  }

  #remember(socket: WebSocket, listener: Listener): void {
    socket.serializeAttachment(listener)
    this.#listeners.set(socket, listener)
  }

  #remembered(): StreamedTick[] {
    if (this.#ticks !== undefined) return this.#ticks
    const rows = this.#sql.exec<TickRow>('SELECT * FROM tick ORDER BY at_ms').toArray()
    const newest = rows.at(-1)
    this.#nextSlot = newest === undefined ? 0 : (newest.slot + 1) % ringSize
    this.#ticks = rows
      .filter(({ at_ms }) => at_ms >= (newest?.at_ms ?? 0) - rememberedMs)
      // The object itself wrote these rows, with the type that it reads them with.
      .map(({ at_ms, json }) => ({ atMs: at_ms, records: JSON.parse(json) as PriceRecord[] }))
    return this.#ticks
  }

  #keep(tick: StreamedTick): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO tick VALUES (?, ?, ?)',
      this.#nextSlot,
      tick.atMs,
      JSON.stringify(tick.records),
    )
    this.#nextSlot = (this.#nextSlot + 1) % ringSize
    const from = tick.atMs - rememberedMs
    this.#ticks = [...this.#remembered().filter(({ atMs }) => atMs >= from), tick]
  }
}

function tagOf(keyId: string): string {
  return `key:${keyId}`
}

/** Warns a listener, and closes. */
function showOut(socket: WebSocket, data: Farewell): void {
  if (socket.readyState !== WebSocket.OPEN) return
  sendIfOpen(socket, JSON.stringify({ type: 'closing', data } satisfies StreamMessage))
  socket.close(policyViolation, data.message)
}

function updateText(record: PriceRecord): string {
  return JSON.stringify({ type: 'price_update', data: record } satisfies StreamMessage)
}

/** A socket may close between two sends; what it does not hear it asks for with `after_seq`. */
function sendIfOpen(socket: WebSocket, text: string): void {
  if (socket.readyState !== WebSocket.OPEN) return
  try {
    socket.send(text)
  } catch {
    // It broke before it was known to be closed. The others are told all the same.
  }
}
