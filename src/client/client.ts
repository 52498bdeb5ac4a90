/**
 * The client of Chrono for browsers and Node: every REST route as a function whose answer has been
 * parsed, and prices as a stream.
 *
 *     const client = createClient({ baseUrl: 'https://chrono.example', apiKey })
 *     const { price } = await client.price('BTC')
 *     client.stream({ onPrice: ({ symbol, price }) => … }).subscribe(['BTC', 'ETH'])
 */

import type { z } from 'zod'
import { feedSymbol } from '../protocol/feed.ts'
import { type Status, statusSchema } from '../protocol/status.ts'
import {
  type AggregateRequest,
  type PriceRecord,
  type PriceResponse,
  priceRecordSchema,
  priceResponseSchema,
} from '../protocol/wire.ts'
import {
  type AggregateResponse,
  aggregateResponseSchema,
  type FeedsResponse,
  feedsResponseSchema,
  type PricesResponse,
  pricesResponseSchema,
  type RoundRecord,
  roundRecordSchema,
  type RoundsResponse,
  roundsResponseSchema,
  type SubmissionsResponse,
  submissionsResponseSchema,
} from '../protocol/wire-rest.ts'
import {
  type AskedFeed,
  type RoundFeedValuesResponse,
  roundFeedValuesResponseSchema,
} from '../protocol/value-provider-wire.ts'
import {
  type RoundSourcesResponse,
  roundSourcesResponseSchema,
  type SourcesResponse,
  sourcesResponseSchema,
} from '../protocol/wire-provenance.ts'
import { addressOf, ask, type AskDeps, type FetchLike } from './ask.ts'
import { ownError } from './client-error.ts'
import type { SocketClass } from './socket.ts'
import { openStream, type PriceStream, type StreamDeps, type StreamListener } from './stream.ts'
import { subprotocolsOf } from './subprotocols.ts'

export type ClientOptions = {
  /** The Worker's address: `https://…`, with or without a path. */
  readonly baseUrl: string
  readonly apiKey: string
  /** How long an answer may take, milliseconds. */
  readonly deadlineMs?: number
  /** In place of the platform's own. */
  readonly fetch?: FetchLike
  readonly WebSocket?: SocketClass
}

export type Page = {
  /** Most entries of the answer. */
  readonly limit?: number
}

/** Every function may throw a `ClientError`; those that take a symbol, a `ProtocolError`. */
export type Client = {
  /** One feed's price, the feed in any spelling: `BTC`, `BTC-USD`, `BTC/USD`. */
  readonly price: (symbol: string) => Promise<PriceResponse>
  /** What a feed's newest price was made of: every source, its weight or why it was left out. */
  readonly sources: (symbol: string) => Promise<SourcesResponse>
  /** What a feed's price of a voting round was made of. */
  readonly roundSources: (symbol: string, votingRoundId: number) => Promise<RoundSourcesResponse>
  /** Many prices in one round trip; all without symbols. */
  readonly prices: (symbols?: readonly string[]) => Promise<PricesResponse>
  readonly feeds: () => Promise<FeedsResponse>
  readonly status: () => Promise<Status>
  /** Voting rounds, newest first; those before one, if it is named. */
  readonly rounds: (page?: Page & { readonly before?: number }) => Promise<RoundsResponse>
  /** What was submitted in a voting round, once its reveal is on chain. */
  readonly round: (votingRoundId: number) => Promise<RoundRecord>
  /** What became of our calls on chain, newest first. */
  readonly submissions: (page?: Page & { readonly cursor?: string }) => Promise<SubmissionsResponse>
  /** The consensus of one's own quotes. */
  readonly aggregate: (request: AggregateRequest) => Promise<AggregateResponse>
  /** Values as a value provider tells them, by position; of a round the first answer stands, 0 is now. */
  readonly feedValues: (
    feeds: readonly AskedFeed[],
    votingRoundId?: number,
  ) => Promise<RoundFeedValuesResponse>
  /** Prices as they are made, until the stream is closed. */
  readonly stream: (listener: StreamListener) => PriceStream
}

/** Long for an answer, short for a person who waits for it. Milliseconds. */
const defaultDeadlineMs = 10_000

/**
 * A client of the Worker at an address.
 *
 * @throws {ClientError} `address-malformed` or `key-malformed`
 */
export function createClient(options: ClientOptions): Client {
  const baseUrl = addressed(options.baseUrl)
  const apiKey = keyed(options.apiKey)
  const deps: AskDeps = {
    baseUrl,
    apiKey,
    // Called as a function of its own: a browser's refuses to be called as anything else's.
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    deadlineMs: options.deadlineMs ?? defaultDeadlineMs,
  }
  const get = <S extends z.ZodType>(path: string, schema: S) => ask(deps, { path, schema })
  const getOpen = <S extends z.ZodType>(path: string, schema: S) =>
    ask(deps, { path, schema, isOpen: true })

  const prices: Client['prices'] = async (symbols) => {
    const query = queryOf({ symbols: symbols?.map(feedSymbol).join(',') })
    return get(`/api/v1/prices${query}`, pricesResponseSchema)
  }

  return {
    price: async (symbol) => get(priceAddress(symbol), priceResponseSchema),
    sources: async (symbol) => get(`${priceAddress(symbol)}/sources`, sourcesResponseSchema),
    roundSources: async (symbol, round) =>
      get(`${priceAddress(symbol)}/sources${queryOf({ round })}`, roundSourcesResponseSchema),
    prices,
    feeds: () => getOpen('/api/v1/feeds', feedsResponseSchema),
    status: () => getOpen('/api/v1/status', statusSchema),
    rounds: (page = {}) => get(`/api/v1/rounds${queryOf(page)}`, roundsResponseSchema),
    round: (votingRoundId) => get(`/api/v1/rounds/${votingRoundId}`, roundRecordSchema),
    submissions: (page = {}) =>
      get(`/api/v1/submissions${queryOf(page)}`, submissionsResponseSchema),
    aggregate: (body) =>
      ask(deps, { path: '/api/v1/aggregate', schema: aggregateResponseSchema, body }),
    feedValues: (feeds, votingRoundId = 0) =>
      ask(deps, {
        path: `/feed-values/${votingRoundId}`,
        schema: roundFeedValuesResponseSchema,
        body: { feeds },
      }),
    stream: (listener) => {
      const fetchPrices = async (symbols: readonly string[]) => recordsOf(await prices(symbols))
      const Socket = options.WebSocket ?? globalThis.WebSocket
      return openStream(streamDeps(deps, Socket, fetchPrices), listener)
    },
  }
}

/** The real world of a stream. */
function streamDeps(
  { baseUrl, apiKey }: AskDeps,
  Socket: SocketClass,
  fetchPrices: StreamDeps['fetchPrices'],
): StreamDeps {
  const clientId = randomName()
  const url = `${addressOf(baseUrl, '/ws').replace(/^http/, 'ws')}?client_id=${clientId}`
  return {
    clientId,
    openSocket: () => new Socket(url, [...subprotocolsOf(apiKey)]),
    fetchPrices,
    nowMs: () => performance.now(),
    chance: Math.random,
    later: (ms, callback) => {
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    },
    onListenerError: rethrow,
  }
}

/** @throws {ProtocolError} `symbol-malformed` */
function priceAddress(symbol: string): string {
  return `/api/v1/price/${feedSymbol(symbol).replace('/', '-')}`
}

function addressed(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw ownError('address-malformed', `"${text}" is no address; one begins with https://.`)
  }
  return url
}

/** A key travels in a header and as a subprotocol, so it is printable ASCII without spaces. */
function keyed(apiKey: string): string {
  if (/^[\x21-\x7e]{1,200}$/.test(apiKey)) return apiKey
  throw ownError('key-malformed', 'The API key is not one: it is empty or has odd characters.')
}

function queryOf(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, String(value))
  }
  return query.size === 0 ? '' : `?${query.toString()}`
}

/** The prices as a stream tells them, without what is said of a list. */
function recordsOf({ prices }: PricesResponse): readonly PriceRecord[] {
  return prices.map((listed) => priceRecordSchema.strip().parse(listed))
}

/** Bytes of a stream's name for itself: enough not to meet another's. */
const nameBytes = 12

function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(nameBytes)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

/** A listener's error goes where uncaught errors go, while the stream goes on. */
function rethrow(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
