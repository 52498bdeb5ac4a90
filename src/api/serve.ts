/**
 * How a route is put up: its definition goes to the OpenAPI document, its one handler to the router.
 * No validators and no middleware stand in between, since Hono runs a lone handler without them at
 * half the cost; what a handler needs checked it checks, in the order that it needs.
 */

import type { createRoute, OpenAPIHono } from '@hono/zod-openapi'
import type { z } from 'zod'
import { problemSchema } from '../protocol/wire.ts'
import type { ApiContext, ApiEnv } from './answer.ts'
import { problems } from './problem.ts'

export type Api = OpenAPIHono<ApiEnv>
export type Route = ReturnType<typeof createRoute>
export type Handler = (context: ApiContext) => Response | Promise<Response>

export function serve(api: Api, route: Route, handler: Handler): void {
  api.openAPIRegistry.registerPath(route)
  api.on(route.method, route.getRoutingPath(), handler)
}

const problem = problemSchema.meta({ id: 'Problem', description: 'RFC 9457 problem details.' })

/** For the document: an answer in JSON. */
export function inJson(description: string, schema: z.ZodType) {
  return { description, content: { 'application/json': { schema } } }
}

type ProblemStatus = (typeof problems)[keyof typeof problems][0]

/** For the document: the problems that a route may answer with, each with its codes. */
export function problemsOf(...statuses: readonly ProblemStatus[]) {
  return Object.fromEntries(
    statuses.map((status) => {
      const codes = Object.entries(problems).filter(([, [of]]) => of === status)
      const description = codes.map(([code, [, title]]) => `\`${code}\`: ${title}`).join('. ')
      return [status, { description, content: { 'application/problem+json': { schema: problem } } }]
    }),
  )
}

/** For the document: what a route with a key may answer besides its own. */
export const keyedProblems = problemsOf(401, 403, 429, 503)

/** For the document: a route that needs a key. */
export const keyed = [{ apiKey: [] }]
