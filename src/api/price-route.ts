/** `GET /api/v1/price/{base}`: one feed's price. With a warm cache it is one round trip. */

import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { Feed } from '../protocol/feed.ts'
import { type PriceResponse, priceResponseSchema } from '../protocol/wire.ts'
import { type ApiContext, baseHeaders, callerHeaders, json } from './answer.ts'
import { type Caller, lacking } from './caller.ts'
import { apiKeyHeader } from './credentials.ts'
import type { ApiDeps } from './deps.ts'
import type { Door } from './door.ts'
import type { FeedDirectory } from './feed-directory.ts'
import { type FoundPrice, isAlive, lookUp, secondsLeft } from './price-lookup.ts'
import { noPriceError, unknownFeedError } from './price-problems.ts'
import { type Api, inJson, keyed, keyedProblems, problemsOf, serve } from './serve.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/price/{base}',
  summary: 'The latest price of one feed',
  security: keyed,
  request: {
    params: z.object({
      base: z.string().meta({ description: '`BTC`, `btc`, `BTC-USD` or `BTC%2FUSD`.' }),
    }),
    headers: z.object({ 'If-None-Match': z.string().optional() }),
  },
  responses: {
    200: inJson('The price.', priceResponseSchema.meta({ id: 'Price' })),
    304: { description: 'The price is the one that `If-None-Match` names. Counted all the same.' },
    ...problemsOf(404),
    ...keyedProblems,
  },
})

export function priceRoute(api: Api, deps: ApiDeps, door: Door, directory: FeedDirectory): void {
  serve(api, route, async (context) => {
    const spelling = context.req.param('base') ?? ''
    const feed = directory.find(spelling)
    const caller = await door.enter(context, {
      key: context.req.header(apiKeyHeader),
      scope: 'read',
      symbols: feed === undefined ? [] : [feed.symbol],
    })
    if (feed === undefined) throw unknownFeedError(spelling)

    const nowMs = deps.nowMs()
    const cached = caller.prices.get(feed.symbol)
    if (cached !== undefined && isAlive(cached.timestamp, nowMs)) {
      const { cached_at, ...price } = cached
      const cache = { hit: true, ttl_seconds: secondsLeft(cached_at, nowMs) }
      return answer(context, deps, { price, cache, caller })
    }
    return answer(context, deps, await uncached(feed, caller, deps))
  })
}

type Found = {
  readonly price: FoundPrice
  readonly cache: PriceResponse['cache']
  readonly caller: Caller
}

async function uncached(feed: Feed, caller: Caller, deps: ApiDeps): Promise<Found> {
  const found = await lookUp(feed.symbol, deps)
  if (found.kind === 'none') throw noPriceError(feed, deps)
  const { price, from } = found
  return {
    price,
    cache: { hit: false, ttl_seconds: secondsLeft(price.timestamp, deps.nowMs()) },
    caller: from === 'history' ? lacking(caller, 'feed') : caller,
  }
}

function answer(context: ApiContext, deps: ApiDeps, { price, cache, caller }: Found): Response {
  const { mode, staleAfterMs } = deps.settings
  const servedAtMs = deps.nowMs()
  const stale = servedAtMs - price.observed_at > staleAfterMs
  const headers: Record<string, string> = {
    ...baseHeaders(mode),
    ...callerHeaders(caller, servedAtMs),
  }

  if (price.seq !== undefined) {
    // Weak, for every answer counts down its own limit.
    const tag = `W/"${price.symbol.replace('/', '-')}-${price.seq}-${stale ? 'stale' : 'fresh'}"`
    headers['ETag'] = tag
    if (isNamed(tag, context.req.header('If-None-Match'))) {
      return new Response(null, { status: 304, headers })
    }
  }
  const body: PriceResponse = {
    ...price,
    served_at: servedAtMs,
    stale,
    cache,
    rate_limit: caller.rateLimit,
  }
  return json(body, headers)
}

/** Weak comparison, as `If-None-Match` has it. @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2 */
function isNamed(tag: string, header: string | undefined): boolean {
  if (header === undefined) return false
  const opaque = tag.slice(2)
  return header.split(',').some((named) => {
    const candidate = named.trim()
    return candidate === '*' || candidate === tag || candidate === opaque
  })
}
