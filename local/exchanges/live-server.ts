/**
 * The sockets of the replay: six venues push what their REST side would answer at the same instant,
 * in their own shapes, below `/{venue}/live`. The control's `live` makes them misbehave.
 */

import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { Fault } from './faults.ts'
import { liveBinance } from './live/binance.ts'
import { liveBybit } from './live/bybit.ts'
import { liveCoinbase } from './live/coinbase.ts'
import { liveGate } from './live/gate.ts'
import { liveKraken } from './live/kraken.ts'
import type { LiveVenue } from './live/live-venue.ts'
import { liveOkx } from './live/okx.ts'
import type { Market } from './market.ts'
import type { Replay } from './replay.ts'

export type LiveServer = {
  /** Closes every socket at once, and stops pushing. */
  readonly stop: () => void
}

type Session = {
  readonly venue: LiveVenue
  readonly socket: WebSocket
  /** Markets that it is told of, by the names that it asked for. */
  readonly subscribed: Map<string, Market>
}

type Shop = { readonly replay: Replay; readonly now: () => number }

const liveVenues: ReadonlyMap<string, LiveVenue> = new Map(
  [liveBinance, liveBybit, liveCoinbase, liveGate, liveKraken, liveOkx].map((venue) => [
    venue.venue.name,
    venue,
  ]),
)

/** More than a subscription to every market of the largest of them needs. */
const maxMessageBytes = 65_536

/** The path of a venue's socket. */
const pathPattern = /^\/([\w.-]+)\/live$/

/** Names of the venues that push. */
export const liveVenueNames: readonly string[] = [...liveVenues.keys()]

/**
 * Takes over the upgrades of a server.
 *
 * @param options.beatMs Between two tickers of each market that a listener is subscribed to.
 */
export function serveLive(
  server: Server,
  replay: Replay,
  options: { readonly now: () => number; readonly beatMs: number },
): LiveServer {
  const { beatMs } = options
  const shop: Shop = { replay, now: options.now }
  const sessions = new Set<Session>()
  const doors = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes })

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = URL.parse(request.url ?? '/', 'http://replay')?.pathname ?? '/'
    const venue = liveVenues.get(pathPattern.exec(path)?.[1] ?? '')
    if (venue === undefined || moodOf(venue, shop) === 'kill') {
      socket.destroy()
      return
    }
    doors.handleUpgrade(request, socket, head, (opened) => {
      const session: Session = { venue, socket: opened, subscribed: new Map() }
      sessions.add(session)
      opened.on('close', () => sessions.delete(session))
      opened.on('error', () => opened.terminate())
      opened.on('message', (data) => hear(session, textOf(data), shop))
      const isSilent = moodOf(venue, shop) === 'stall'
      if (!isSilent && venue.greeting !== undefined) say(session, venue.greeting)
    })
  })

  const timer = setInterval(() => {
    for (const session of sessions) beat(session, shop)
  }, beatMs)

  return {
    stop() {
      clearInterval(timer)
      for (const { socket } of sessions) socket.terminate()
    },
  }
}

function moodOf({ venue }: LiveVenue, { replay }: Shop): Fault['live'] {
  return replay.faults()[venue.name]?.live ?? 'ok'
}

function hear(session: Session, message: string, shop: Shop): void {
  const { venue, subscribed } = session
  const mood = moodOf(venue, shop)
  if (mood === 'stall') return
  const byName = new Map(venue.venue.markets.map((market) => [venue.nameOf(market), market]))
  const { replies, granted } = venue.hear(message, {
    marketOf: (name) => (mood === 'refuse' ? undefined : byName.get(name)),
    subscribed: [...subscribed.keys()],
    atMs: shop.now(),
  })
  for (const reply of replies) say(session, reply)
  for (const name of granted) {
    const market = byName.get(name)
    if (market !== undefined) subscribed.set(name, market)
  }
}

/** What a session is told at each beat. */
function beat(session: Session, shop: Shop): void {
  const { venue, socket, subscribed } = session
  const mood = moodOf(venue, shop)
  if (mood === 'kill') socket.terminate()
  if (mood === 'kill' || mood === 'stall') return
  const [first] = subscribed.values()
  if (first !== undefined && venue.heartbeat) say(session, venue.heartbeat(first, shop.now()))
  const book = shop.replay.book(venue.venue.name)
  if (mood === 'deaf' || book === undefined) return
  for (const market of subscribed.values()) {
    if (market.state === 'trading') say(session, venue.tell(market, book))
  }
}

/** What a listener does not take is not kept for it. */
const maxBufferedBytes = 1_000_000

function say({ socket }: Session, message: unknown): void {
  if (socket.readyState !== socket.OPEN || socket.bufferedAmount > maxBufferedBytes) return
  socket.send(typeof message === 'string' ? message : JSON.stringify(message))
}

function textOf(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString()
  return Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(data).toString()
}
