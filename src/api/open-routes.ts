/** Routes that need no key: the catalogue, the state of the house, and whether it is alive. */

import { createRoute } from '@hono/zod-openapi'
import { feedId } from '../protocol/feed.ts'
import { statusSchema } from '../protocol/status.ts'
import {
  type FeedsResponse,
  feedsResponseSchema,
  type HealthResponse,
  healthResponseSchema,
} from '../protocol/wire-rest.ts'
import { baseHeaders, json } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import { type Api, inJson, problemsOf, serve } from './serve.ts'

const feedsRoute = createRoute({
  method: 'get',
  path: '/api/v1/feeds',
  summary: 'The feeds we price, and their ids on chain',
  responses: { 200: inJson('The catalogue.', feedsResponseSchema.meta({ id: 'Feeds' })) },
})

const statusRoute = createRoute({
  method: 'get',
  path: '/api/v1/status',
  summary: 'The state of sources, stores, ticks and the round',
  responses: {
    200: inJson('The state, also when it is degraded.', statusSchema.meta({ id: 'Status' })),
    ...problemsOf(500),
  },
})

const healthRoute = createRoute({
  method: 'get',
  path: '/health',
  summary: 'Whether the process answers; asks nothing of what it depends on',
  responses: { 200: inJson('It answers.', healthResponseSchema.meta({ id: 'Health' })) },
})

export function openRoutes(api: Api, deps: ApiDeps): void {
  const { feeds, mode, version } = deps.settings
  const headers = baseHeaders(mode)
  const fresh = { ...headers, 'Cache-Control': 'no-store' }
  const lasting = { ...headers, 'Cache-Control': 'public, max-age=60' }

  const catalogue: FeedsResponse = {
    feeds: feeds.map(({ symbol, category, decimals }) => ({
      symbol,
      category,
      decimals,
      feed_id: feedId({ symbol, category }),
    })),
  }
  serve(api, feedsRoute, () => json(catalogue, lasting))

  const health: HealthResponse = { status: 'ok', mode, version }
  serve(api, healthRoute, () => json(health, fresh))

  serve(api, statusRoute, async () => json(await deps.status(), fresh))
}
