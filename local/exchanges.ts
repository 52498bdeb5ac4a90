/**
 * Stand-ins of the exchanges: one server, each venue below its own base address, playing the
 * bundled tape in the shapes that the venue itself answers in. The Worker reaches it because base
 * addresses are settings; nothing else tells it from the real ones.
 *
 *     node local/exchanges.ts --port 8801
 *
 *     GET  /                   the venues and their base addresses
 *     WS   /{venue}/live       the tickers that six of them push
 *     GET  /control            how each venue feels
 *     POST /control/{venue}    a fault for one (see faults.ts); `{}` heals
 *     POST /control            a fault for all
 *     POST /control/tape       {"pegs":{"USDT":0.9}} breaks a peg for all of them; `{}` mends it
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { parseArgs } from 'node:util'
import { OracleError } from '../src/protocol/errors.ts'
import { binance } from './exchanges/binance.ts'
import { binanceus } from './exchanges/binanceus.ts'
import { bitfinex } from './exchanges/bitfinex.ts'
import { bitget } from './exchanges/bitget.ts'
import { bitmart } from './exchanges/bitmart.ts'
import { bitrue } from './exchanges/bitrue.ts'
import { bitstamp } from './exchanges/bitstamp.ts'
import { bybit } from './exchanges/bybit.ts'
import { coinbaseExchange } from './exchanges/coinbase-exchange.ts'
import { coinbase } from './exchanges/coinbase.ts'
import { controlReply } from './exchanges/control.ts'
import { cryptoCom } from './exchanges/crypto-com.ts'
import { digifinex } from './exchanges/digifinex.ts'
import { gate } from './exchanges/gate.ts'
import { gemini } from './exchanges/gemini.ts'
import { perform, received, send } from './exchanges/http.ts'
import { htx } from './exchanges/htx.ts'
import { hyperliquid } from './exchanges/hyperliquid.ts'
import { kraken } from './exchanges/kraken.ts'
import { kucoin } from './exchanges/kucoin.ts'
import { liveVenueNames, serveLive } from './exchanges/live-server.ts'
import { mexc } from './exchanges/mexc.ts'
import { okx } from './exchanges/okx.ts'
import { type Replay, replayOf } from './exchanges/replay.ts'
import { loadTape } from './exchanges/tape.ts'
import { upbit } from './exchanges/upbit.ts'
import type { Venue } from './exchanges/venue.ts'
import { portOf, runIfMain } from './stand-in.ts'

/** Every venue that is replayed. */
export const venues: readonly Venue[] = [
  binance,
  binanceus,
  bitfinex,
  bitget,
  bitmart,
  bitrue,
  bitstamp,
  bybit,
  coinbase,
  coinbaseExchange,
  cryptoCom,
  digifinex,
  gate,
  gemini,
  htx,
  hyperliquid,
  kraken,
  kucoin,
  mexc,
  okx,
  upbit,
]

export type RunningExchanges = {
  readonly port: number
  /** Base address by exchange, as the Worker's settings want them. */
  readonly baseUrls: Readonly<Record<string, string>>
  /** Address of its socket by exchange, for those that have one. */
  readonly liveUrls: Readonly<Record<string, string>>
  /** Closes the port and every connection, answered or not. */
  readonly stop: () => Promise<void>
}

type Shop = {
  readonly replay: Replay
  /** Answers that are late on purpose. */
  readonly pending: Set<NodeJS.Timeout>
  readonly port: () => number
}

const host = '127.0.0.1'

/** Binance's pace; others push more often than anybody asks. */
const usualLiveBeatMs = 1_000

/** A connection is kept for longer than any tick is apart, so that ticks find it open. */
const keepAliveMs = 120_000

/** The base address of each exchange on a port. Paths are appended to it. */
export function exchangeBaseUrls(port: number): Record<string, string> {
  return Object.fromEntries(venues.map(({ name }) => [name, `http://${host}:${port}/${name}`]))
}

/** The address of each exchange's socket on a port, for those that have one. */
export function exchangeLiveUrls(port: number): Record<string, string> {
  return Object.fromEntries(
    liveVenueNames.map((name) => [name, `ws://${host}:${port}/${name}/live`]),
  )
}

/**
 * Starts the server; it answers once the promise resolves.
 *
 * @param options.port 0 takes any free one.
 * @param options.now The clock that the tape is played by, Unix milliseconds.
 * @param options.liveBeatMs Between two tickers that a socket pushes of a market.
 * @throws {ExchangesError} `port-taken` if another process has the port, `not-listening` if it
 *   cannot be had for another reason.
 */
export async function startExchanges(options: {
  readonly port: number
  readonly now?: () => number
  readonly liveBeatMs?: number
}): Promise<RunningExchanges> {
  const now = options.now ?? Date.now
  const replay = replayOf(venues, loadTape(), now)
  const pending = new Set<NodeJS.Timeout>()
  const server = createServer({ keepAliveTimeout: keepAliveMs }, (message, response) => {
    void serve({ replay, pending, port: () => port }, message, response)
  })
  const port = await listening(server, options.port)
  const live = serveLive(server, replay, { now, beatMs: options.liveBeatMs ?? usualLiveBeatMs })

  return {
    port,
    baseUrls: exchangeBaseUrls(port),
    liveUrls: exchangeLiveUrls(port),
    async stop() {
      live.stop()
      for (const timer of pending) clearTimeout(timer)
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function listening(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE'
      const message = taken
        ? `Port ${port} for the exchanges is taken.`
        : `The exchanges cannot listen on port ${port}.`
      reject(new ExchangesError(taken ? 'port-taken' : 'not-listening', message, { cause }))
    })
    server.listen(port, host, resolve)
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

async function serve(
  { replay, pending, port }: Shop,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = await received(message)
  if (asked.kind === 'lost') return
  if (asked.kind === 'unreadable') {
    send(response, { status: 400, body: { error: 'The request cannot be read.' } })
    return
  }

  const answer = replay.answer(asked.room, asked.request)
  if (answer !== undefined) perform(answer, response, pending)
  else send(response, controlReply(replay, exchangeBaseUrls(port()), asked.room, asked.request))
}

export class ExchangesError extends OracleError<'port-taken' | 'not-listening'> {}

await runIfMain(import.meta.url, 'Exchanges', async () => {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '8801' } } })
  const { port, stop } = await startExchanges({ port: portOf(values.port) })
  return { address: { url: `http://${host}:${port}`, port }, stop }
})
