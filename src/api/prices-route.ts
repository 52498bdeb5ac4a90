/** `GET /api/v1/prices`: many feeds' prices, or all, in one round trip. */

import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { ProtocolError } from '../protocol/errors.ts'
import { type FeedSymbol, feedSymbol } from '../protocol/feed.ts'
import { maxSymbols, type PriceRecord } from '../protocol/wire.ts'
import {
  type ListedPrice,
  type PricesResponse,
  pricesResponseSchema,
} from '../protocol/wire-rest.ts'
import { baseHeaders, callerHeaders, json } from './answer.ts'
import { type Caller, lacking } from './caller.ts'
import { apiKeyHeader } from './credentials.ts'
import type { ApiDeps } from './deps.ts'
import type { Door } from './door.ts'
import type { FeedDirectory } from './feed-directory.ts'
import { isAlive, lookUpAll } from './price-lookup.ts'
import { ApiError } from './problem.ts'
import { type Api, inJson, keyed, keyedProblems, problemsOf, serve } from './serve.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/prices',
  summary: 'The latest prices of many feeds, or of all',
  security: keyed,
  request: {
    query: z.object({
      symbols: z
        .string()
        .optional()
        .meta({
          description: `Up to ${maxSymbols} symbols, separated by commas. All feeds without it.`,
        }),
    }),
  },
  responses: {
    200: inJson('The prices there are.', pricesResponseSchema.meta({ id: 'Prices' })),
    ...problemsOf(400),
    ...keyedProblems,
  },
})

export function pricesRoute(api: Api, deps: ApiDeps, door: Door, directory: FeedDirectory): void {
  serve(api, route, async (context) => {
    const asked = context.req.queries('symbols')
    const ours = new Set(directory.symbols)
    // Read before the door is asked, judged after it: a request counts even if it makes no sense.
    const wanted = asked === undefined ? directory.symbols : readSymbols(asked)
    const caller = await door.enter(context, {
      key: context.req.header(apiKeyHeader),
      scope: 'read',
      symbols: wanted instanceof ApiError ? [] : wanted.filter((symbol) => ours.has(symbol)),
    })
    if (wanted instanceof ApiError) throw wanted

    const { prices, feedFailed } = await gathered(
      wanted.filter((symbol) => ours.has(symbol)),
      caller,
      deps,
    )
    const servedAtMs = deps.nowMs()
    const body: PricesResponse = {
      prices: wanted.flatMap((symbol) => {
        const price = prices.get(symbol)
        return price === undefined ? [] : [listed(price, servedAtMs, deps)]
      }),
      missing: wanted.filter((symbol) => !prices.has(symbol)),
      served_at: servedAtMs,
      rate_limit: caller.rateLimit,
    }
    const told: Caller = feedFailed ? lacking(caller, 'feed') : caller
    return json(body, { ...baseHeaders(deps.settings.mode), ...callerHeaders(told, servedAtMs) })
  })
}

/** The cache's prices, and those of the feeds for what it lacks. */
async function gathered(symbols: readonly FeedSymbol[], caller: Caller, deps: ApiDeps) {
  const nowMs = deps.nowMs()
  const prices = new Map<FeedSymbol, PriceRecord>()
  for (const symbol of symbols) {
    const cached = caller.prices.get(symbol)
    if (cached === undefined || !isAlive(cached.timestamp, nowMs)) continue
    const { cached_at: _cachedAt, ...price } = cached
    prices.set(symbol, price)
  }
  const absent = symbols.filter((symbol) => !prices.has(symbol))
  if (absent.length === 0) return { prices, feedFailed: false }

  const found = await lookUpAll(absent, deps)
  return { prices: new Map([...prices, ...found.prices]), feedFailed: found.feedFailed }
}

function listed(price: PriceRecord, servedAtMs: number, { settings }: ApiDeps): ListedPrice {
  return { ...price, stale: servedAtMs - price.observed_at > settings.staleAfterMs }
}

/** The symbols that a query names, each once, or what is wrong with it. */
function readSymbols(asked: readonly string[]): readonly FeedSymbol[] | ApiError {
  const spellings = asked
    .join(',')
    .split(',', maxSymbols * 2)
    .filter((spelling) => spelling.trim() !== '')
  if (spellings.length === 0) {
    return new ApiError('request-malformed', '"symbols" names no symbol; leave it out for all.')
  }
  if (spellings.length > maxSymbols) {
    return new ApiError('request-malformed', `"symbols" names more than ${maxSymbols} symbols.`)
  }
  try {
    return [...new Set(spellings.map(feedSymbol))]
  } catch (error) {
    if (error instanceof ProtocolError) return new ApiError('symbol-malformed', error.message)
    throw error
  }
}
