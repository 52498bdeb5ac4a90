/** `GET /metrics`: the state of the house for Prometheus; as open as the status page that it repeats. */

import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { baseHeaders } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import { metricsText, metricsType } from './metrics-text.ts'
import { type Api, problemsOf, serve } from './serve.ts'

const route = createRoute({
  method: 'get',
  path: '/metrics',
  summary: 'The state of sources, stores and ticks in Prometheus text format',
  responses: {
    200: { description: 'Metrics.', content: { 'text/plain': { schema: z.string() } } },
    ...problemsOf(500),
  },
})

export function metricsRoute(api: Api, deps: ApiDeps): void {
  const headers = {
    ...baseHeaders(deps.settings.mode),
    'Content-Type': metricsType,
    'Cache-Control': 'no-store',
  }
  serve(api, route, async () => new Response(metricsText(await deps.status()), { headers }))
}
