/**
 * `GET /ws`: the door to the stream. The key stays here: what is handed on to a shard holds none,
 * neither as a header nor among the subprotocols.
 */

import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { keyIdHeader, keyLimitHeader, type KeyRecord } from '../protocol/api-key.ts'
import type { ApiContext } from './answer.ts'
import { apiKeyHeader, offeredSubprotocols, streamSubprotocol } from './credentials.ts'
import type { ApiDeps } from './deps.ts'
import type { Door } from './door.ts'
import { ApiError } from './problem.ts'
import { type Api, keyed, keyedProblems, problemsOf, serve } from './serve.ts'

const subprotocolHeader = 'Sec-WebSocket-Protocol'

/** What a listener does when a shard is full or out of reach. Seconds. */
const retryAfterSec = '5'

const route = createRoute({
  method: 'get',
  path: '/ws',
  summary: 'Prices as they are made, over a WebSocket',
  description:
    'A browser offers the subprotocols `chrono.v1` and `chrono.key.<base64url of the key>` in ' +
    'place of the header; `chrono.v1` alone is echoed.',
  security: [...keyed, { subprotocolKey: [] }],
  request: { query: z.object({ client_id: z.string().max(100).optional() }) },
  responses: {
    101: { description: 'The stream begins.' },
    ...problemsOf(400, 426),
    ...keyedProblems,
  },
})

export function streamRoute(api: Api, deps: ApiDeps, door: Door): void {
  serve(api, route, async (context) => {
    const { raw } = context.req
    if (raw.headers.get('Upgrade')?.toLowerCase() !== 'websocket') {
      throw new ApiError('upgrade-required', 'GET /ws speaks WebSocket only.', {
        headers: { Upgrade: 'websocket' },
      })
    }
    const offered = offeredSubprotocols(raw.headers.get(subprotocolHeader))
    if (offered.any && !offered.ours) {
      throw new ApiError('subprotocol-unknown', `Offer the subprotocol ${streamSubprotocol}.`)
    }
    const { key } = await door.enter(context, {
      // A header without a value is no key, and hides none.
      key: raw.headers.get(apiKeyHeader) || offered.key,
      scope: 'read',
      symbols: [],
    })
    return joined(forShard(raw, offered.ours, key), hintOf(context, key.id), deps)
  })
}

/** The shard's answer: an open socket, or a problem. */
async function joined(request: Request, hint: string, deps: ApiDeps): Promise<Response> {
  const response = await deps.joinStream(request, hint).catch((cause: unknown) => {
    deps.log({ event: 'stream-failed' })
    throw unavailable(retryAfterSec, cause)
  })
  if (response.status < 400) return response
  if (response.status === 429) {
    throw new ApiError('too-many-listeners', 'This key has as many listeners as it may have.', {
      headers: { 'Retry-After': response.headers.get('Retry-After') ?? retryAfterSec },
    })
  }
  throw unavailable(response.headers.get('Retry-After') ?? retryAfterSec)
}

/** The upgrade without its key but with its id, offering our subprotocol if the client did. */
function forShard(request: Request, offersOurs: boolean, key: KeyRecord): Request {
  const headers = new Headers(request.headers)
  // They replace what the client may say of itself.
  headers.set(keyIdHeader, key.id)
  headers.set(keyLimitHeader, String(key.limit_per_minute))
  headers.delete(apiKeyHeader)
  headers.delete(subprotocolHeader)
  if (offersOurs) headers.set(subprotocolHeader, streamSubprotocol)
  return new Request(request, { headers })
}

/** A listener's own name, or the nonce of its handshake, which spreads those without one. */
function hintOf(context: ApiContext, keyId: string): string {
  const name = context.req.query('client_id') ?? context.req.header('Sec-WebSocket-Key') ?? ''
  return `${keyId}:${name.slice(0, 100)}`
}

function unavailable(retryAfter: string, cause?: unknown): ApiError {
  return new ApiError('stream-unavailable', 'No shard can take a listener now; try again.', {
    cause,
    headers: { 'Retry-After': retryAfter },
  })
}
