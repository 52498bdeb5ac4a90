/**
 * Requests that no route takes: a browser's preflight, a method that a resource does not have, and
 * resources that there are not. Which methods a path has is asked of the router itself.
 */

import { type ApiContext, baseHeaders } from './answer.ts'
import { ingestPath } from '../protocol/ingest-auth.ts'
import { bridgePath } from './bridge-door.ts'
import type { ApiSettings } from './deps.ts'
import { ApiError } from './problem.ts'
import type { Api } from './serve.ts'

/** A browser asks again after a day. */
const preflightLifetimeSec = 86_400

const requestHeaders = 'X-API-Key, Content-Type, If-None-Match'

/** @throws {ApiError} `route-unknown` or `method-not-allowed`, unless it is a preflight. */
export function preflight(api: Api, { mode }: ApiSettings): (context: ApiContext) => Response {
  const headers = baseHeaders(mode)

  return ({ req }) => {
    const allow = methodsOf(api, req.path).join(', ')
    if (allow === '') {
      throw new ApiError('route-unknown', 'There is nothing here; /openapi.json lists what is.')
    }
    // No browser has business with the bridge's routes, or with a collector's.
    const isClosed = req.path.startsWith(bridgePath) || req.path === ingestPath
    if (req.method !== 'OPTIONS' || isClosed) {
      throw new ApiError('method-not-allowed', `This resource takes ${allow}.`, {
        headers: { Allow: allow },
      })
    }
    return new Response(null, {
      status: 204,
      headers: {
        ...headers,
        Allow: allow,
        'Access-Control-Allow-Methods': allow,
        'Access-Control-Allow-Headers': requestHeaders,
        'Access-Control-Max-Age': String(preflightLifetimeSec),
      },
    })
  }
}

function methodsOf(api: Api, path: string): readonly string[] {
  const methods = [...new Set(api.routes.map(({ method }) => method))].filter(
    (method) => api.router.match(method, path)[0].length > 0,
  )
  if (methods.length === 0) return []
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS']
}
