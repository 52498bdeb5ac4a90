/** `POST /api/v1/aggregate`: the engine itself, for anyone's quotes. */

import { createRoute } from '@hono/zod-openapi'
import { aggregateRequestSchema } from '../protocol/wire.ts'
import { aggregateResponseSchema } from '../protocol/wire-rest.ts'
import { baseHeaders, callerHeaders, json } from './answer.ts'
import { bodyOf } from './body.ts'
import { apiKeyHeader } from './credentials.ts'
import type { ApiDeps } from './deps.ts'
import type { Door } from './door.ts'
import { type Api, inJson, keyed, keyedProblems, problemsOf, serve } from './serve.ts'

const route = createRoute({
  method: 'post',
  path: '/api/v1/aggregate',
  summary: 'The consensus of quotes that you bring',
  description: 'Stateless. The newest quote is the instant that the others are judged at.',
  security: keyed,
  request: {
    body: {
      required: true,
      content: {
        'application/json': { schema: aggregateRequestSchema.meta({ id: 'AggregateRequest' }) },
      },
    },
  },
  responses: {
    200: inJson(
      'A consensus, or that there is no quorum.',
      aggregateResponseSchema.meta({ id: 'Aggregate' }),
    ),
    ...problemsOf(400, 413),
    ...keyedProblems,
  },
})

export function aggregateRoute(api: Api, deps: ApiDeps, door: Door): void {
  serve(api, route, async (context) => {
    const caller = await door.enter(context, {
      key: context.req.header(apiKeyHeader),
      scope: 'read',
      symbols: [],
    })
    const request = await bodyOf(context.req.raw, aggregateRequestSchema)
    return json(deps.aggregate(request), {
      ...baseHeaders(deps.settings.mode),
      ...callerHeaders(caller, deps.nowMs()),
    })
  })
}
