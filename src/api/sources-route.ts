/**
 * `GET /api/v1/price/{base}/sources`: what a price was made of, complete enough to be redone by hand.
 * The newest vote's comes from the feed, a round's from history; that of a freeze is in neither.
 */

import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { votingRoundIdSchema } from '../protocol/bridge-wire.ts'
import { OracleError } from '../protocol/errors.ts'
import type { Feed, FeedSymbol } from '../protocol/feed.ts'
import {
  roundSourcesResponseSchema,
  type RoundSourcesResponse,
  type SourcesResponse,
  sourcesResponseSchema,
} from '../protocol/wire-provenance.ts'
import { baseHeaders, callerHeaders, json } from './answer.ts'
import { apiKeyHeader } from './credentials.ts'
import type { Caller } from './caller.ts'
import type { ApiDeps } from './deps.ts'
import type { Door } from './door.ts'
import type { FeedDirectory } from './feed-directory.ts'
import { isAlive } from './price-lookup.ts'
import { noPriceError, unknownFeedError } from './price-problems.ts'
import { ApiError } from './problem.ts'
import { readRoundId } from './round-id.ts'
import { type Api, inJson, keyed, keyedProblems, problemsOf, serve } from './serve.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/price/{base}/sources',
  summary: 'What a price was made of: every source, its weight or why it was left out',
  security: keyed,
  request: {
    params: z.object({
      base: z.string().meta({ description: '`BTC`, `btc`, `BTC-USD` or `BTC%2FUSD`.' }),
    }),
    query: z.object({
      round: votingRoundIdSchema
        .optional()
        .meta({ description: 'The vote of this round; the newest vote without it.' }),
    }),
  },
  responses: {
    200: inJson(
      'The newest vote; or, of a round, the vote over its window and that of the instant at its end.',
      z.union([
        sourcesResponseSchema.meta({ id: 'Sources' }),
        roundSourcesResponseSchema.meta({ id: 'RoundSources' }),
      ]),
    ),
    ...problemsOf(400, 404),
    ...keyedProblems,
  },
})

export function sourcesRoute(api: Api, deps: ApiDeps, door: Door, directory: FeedDirectory): void {
  serve(api, route, async (context) => {
    const spelling = context.req.param('base') ?? ''
    const feed = directory.find(spelling)
    const key = context.req.header(apiKeyHeader)
    const caller = await door.enter(context, { key, scope: 'read', symbols: [] })
    if (feed === undefined) throw unknownFeedError(spelling)

    const round = context.req.query('round')
    const body =
      round === undefined
        ? await newest(feed, caller, deps)
        : await ofRound(feed.symbol, readRoundId('round', round), { caller, deps })
    return json(body, {
      ...baseHeaders(deps.settings.mode),
      ...callerHeaders(caller, deps.nowMs()),
    })
  })
}

async function newest(feed: Feed, caller: Caller, deps: ApiDeps): Promise<SourcesResponse> {
  const { symbol } = feed
  const newestOf = await found(deps, symbol, async () => deps.provenanceOfFeed(symbol))
  const nowMs = deps.nowMs()
  if (newestOf === undefined || !isAlive(newestOf.vote.timestamp, nowMs)) {
    throw noPriceError(feed, deps)
  }
  const { vote, suspectedMirrors, coverage, intervals } = newestOf
  const about = { served_at: nowMs, rate_limit: caller.rateLimit }
  const told = { suspected_mirrors: suspectedMirrors, coverage, interval_coverage: intervals }
  return { ...vote, ...told, ...about }
}

async function ofRound(
  symbol: FeedSymbol,
  votingRoundId: number,
  { caller, deps }: { readonly caller: Caller; readonly deps: ApiDeps },
): Promise<RoundSourcesResponse> {
  const row = await found(deps, symbol, async () => deps.history.aggregateOf(symbol, votingRoundId))
  if (row?.provenance === undefined) {
    throw new ApiError(
      'provenance-unknown',
      `Nothing is kept of what ${symbol} was made of in round ${votingRoundId}.`,
    )
  }
  return {
    symbol,
    epoch_id: row.voting_round_id,
    consensus_price: row.consensus_price,
    ...(row.vwap !== undefined && { vwap: row.vwap }),
    ...(row.twap !== undefined && { twap: row.twap }),
    ...(row.weighted_median !== undefined && { weighted_median: row.weighted_median }),
    sources_used: row.sources_used,
    ...row.provenance,
    served_at: deps.nowMs(),
    rate_limit: caller.rateLimit,
  }
}

/** What a store answers. @throws {ApiError} `provenance-unavailable` if it does not. */
async function found<T>(deps: ApiDeps, symbol: FeedSymbol, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    // Whatever an object throws arrives as a plain error, so that none can be told from another.
    const code = error instanceof OracleError ? error.code : 'feed-failed'
    deps.log({ event: 'provenance-failed', symbol, code })
    throw new ApiError(
      'provenance-unavailable',
      'Whoever remembers it does not answer; ask again.',
      {
        headers: { 'Retry-After': '2' },
        cause: error,
      },
    )
  }
}
