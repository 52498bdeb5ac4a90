/**
 * How the value provider's clients come in: by paths that the reference stack prescribes, with the
 * key in the header or, since its clients send no header, in the path. Whoever is let in makes the
 * ticks come faster for a while.
 */

import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { FeedSymbol } from '../protocol/feed.ts'
import { feedValuesRequestSchema } from '../protocol/value-provider-wire.ts'
import type { ApiContext } from './answer.ts'
import type { Caller } from './caller.ts'
import { apiKeyHeader, keyPath } from './credentials.ts'
import type { ApiDeps } from './deps.ts'
import type { Door } from './door.ts'
import { inJson, keyed, keyedProblems, problemsOf, type Route } from './serve.ts'

const keyParameter = z.string().meta({
  description: 'An API key of the scope `value-provider`, where a client sends no header.',
})

type Resource = {
  /** Spellings of one path: some clients leave the last slash out. */
  readonly paths: readonly string[]
  readonly summary: string
  readonly params?: z.ZodRawShape
  readonly query?: z.ZodObject
  /** The answer, and its name in the document. */
  readonly answer: z.ZodType
  readonly description: string
}

/** The routes of a resource: with the key in the header, and the same below a path with the key. */
export function valueProviderRoutes(resource: Resource): readonly Route[] {
  const { paths, summary, params, query, answer, description } = resource
  const routeOf = (path: string, isInPath: boolean) =>
    createRoute({
      method: 'post',
      path: isInPath ? `${keyPath}/{key}${path}` : path,
      summary: isInPath ? `${summary}; the key in the path` : summary,
      ...(!isInPath && { security: keyed }),
      request: {
        params: z.object({ ...(isInPath && { key: keyParameter }), ...params }),
        ...(query !== undefined && { query }),
        body: {
          required: true,
          content: {
            'application/json': {
              schema: feedValuesRequestSchema.meta({ id: 'FeedValuesRequest' }),
            },
          },
        },
      },
      responses: {
        201: inJson(description, answer),
        ...problemsOf(400, 413),
        ...keyedProblems,
      },
    })
  return paths.flatMap((path) => [routeOf(path, false), routeOf(path, true)])
}

/** The key that a request brings: the path's, if it has a place for one. */
export function keyOf({ req }: ApiContext): string | undefined {
  return req.param('key') ?? req.header(apiKeyHeader)
}

/**
 * Lets a value provider's client in.
 *
 * @throws {ApiError} like `Door.enter`.
 */
export async function enterAsProvider(
  context: ApiContext,
  deps: Pick<ApiDeps, 'wanted'>,
  door: Door,
  symbols: readonly FeedSymbol[],
): Promise<Caller> {
  const caller = await door.enter(context, {
    key: keyOf(context),
    scope: 'value-provider',
    symbols,
  })
  deps.wanted()
  return caller
}
