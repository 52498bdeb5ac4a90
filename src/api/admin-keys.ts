/** `/admin/v1/keys`: making, listing and revoking the keys of those who read. */

import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { KeyEntry } from '../history/history.ts'
import type { Scope } from '../protocol/api-key.ts'
import { OracleError } from '../protocol/errors.ts'
import { uuidOf } from '../protocol/uuid.ts'
import {
  defaultLimitPerMinute,
  defaultProviderLimitPerMinute,
  type KeyEntryResponse,
  type KeysResponse,
  keysResponseSchema,
  newKeyRequestSchema,
  type NewKeyResponse,
  newKeyResponseSchema,
} from '../protocol/wire-rest.ts'
import { type ApiContext, baseHeaders, json } from './answer.ts'
import { bodyOf } from './body.ts'
import { apiKeyHeader, apiKeyOf, areEqualDigests, keyBytes } from './credentials.ts'
import type { ApiDeps } from './deps.ts'
import { keysUnavailableError } from './key-lookup.ts'
import type { KeyRing } from './key-ring.ts'
import { ApiError } from './problem.ts'
import { type Api, inJson, problemsOf, serve } from './serve.ts'

const path = '/admin/v1/keys'
const security = [{ adminKey: [] }]
const uuidBytes = 16
const defaultScopes: readonly Scope[] = ['read']

const createKeyRoute = createRoute({
  method: 'post',
  path,
  summary: 'Make a key; the answer is the only one that shows it',
  security,
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: newKeyRequestSchema.meta({ id: 'NewKey' }) } },
    },
  },
  responses: {
    201: inJson('The new key.', newKeyResponseSchema.meta({ id: 'MadeKey' })),
    ...problemsOf(400, 401, 403, 413, 503),
  },
})

const listKeysRoute = createRoute({
  method: 'get',
  path,
  summary: 'All keys, without the keys themselves',
  security,
  responses: {
    200: inJson('The keys.', keysResponseSchema.meta({ id: 'Keys' })),
    ...problemsOf(401, 403, 503),
  },
})

const revokeKeyRoute = createRoute({
  method: 'delete',
  path: `${path}/{id}`,
  summary: 'Revoke a key, at once and for good',
  security,
  request: { params: z.object({ id: z.uuid() }) },
  responses: {
    204: { description: 'The key is revoked. Revoking it again changes nothing.' },
    ...problemsOf(401, 403, 404, 503),
  },
})

export function adminKeys(api: Api, deps: ApiDeps, ring: KeyRing): void {
  const headers = { ...baseHeaders(deps.settings.mode), 'Cache-Control': 'no-store' }

  serve(api, createKeyRoute, async (context) => {
    await mustBeAdmin(context, deps)
    const { name, limit_per_minute, scopes } = await bodyOf(context.req.raw, newKeyRequestSchema)
    const key = apiKeyOf(deps.randomBytes(keyBytes))
    const asked = new Set(scopes ?? defaultScopes)
    const entry = await stored(deps, async () =>
      deps.keys.create({
        id: uuidOf(deps.randomBytes(uuidBytes), 4),
        name,
        hash: await deps.sha256Hex(key),
        limitPerMinute: limit_per_minute ?? usualLimitOf(asked),
        scopes: [...asked],
      }),
    )
    const body: NewKeyResponse = { ...entryOf(entry), key }
    deps.log({ event: 'key-made', id: entry.id, name })
    return json(body, headers, 201)
  })

  serve(api, listKeysRoute, async (context) => {
    await mustBeAdmin(context, deps)
    const body: KeysResponse = { keys: (await stored(deps, deps.keys.list)).map(entryOf) }
    return json(body, headers)
  })

  serve(api, revokeKeyRoute, async (context) => {
    await mustBeAdmin(context, deps)
    const id = context.req.param('id') ?? ''
    // What is no UUID names no key, and is not worth a question to the database.
    const isUuid = z.uuid().safeParse(id).success
    const hash = isUuid ? await stored(deps, async () => deps.keys.revoke(id)) : undefined
    if (hash === undefined) throw new ApiError('key-not-found', 'No key has this id.')

    ring.revoke(hash, deps.nowMs())
    await forget(hash, deps)
    // Keys are stored by their ids in lower case, and listened with under the same.
    await expel(id.toLowerCase(), deps)
    deps.log({ event: 'key-revoked', id })
    return new Response(null, { status: 204, headers })
  })
}

function usualLimitOf(scopes: ReadonlySet<Scope>): number {
  return scopes.has('value-provider') ? defaultProviderLimitPerMinute : defaultLimitPerMinute
}

/** @throws {ApiError} `admin-not-configured`, `key-missing` or `key-unknown`. */
async function mustBeAdmin(context: ApiContext, deps: ApiDeps): Promise<void> {
  const { adminKeyHash } = deps.settings
  if (adminKeyHash === undefined) {
    throw new ApiError('admin-not-configured', 'No administrator key is configured here.')
  }
  const key = context.req.header(apiKeyHeader)
  if (key === undefined || key === '') {
    throw new ApiError('key-missing', 'Send the administrator key in the header X-API-Key.')
  }
  if (!areEqualDigests(await deps.sha256Hex(key), adminKeyHash)) {
    throw new ApiError('key-unknown', 'This is not the administrator key.')
  }
}

/**
 * The key store's answer. That it refuses what we sent is a fault of ours, of which the log is told
 * as of any other.
 *
 * @throws {ApiError} `keys-unavailable` if it has none.
 */
async function stored<T>(deps: ApiDeps, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof OracleError) || error.code === 'history-refused') throw error
    deps.log({ event: 'key-store-failed', code: error.code })
    throw keysUnavailableError(error)
  }
}

/** Takes a revoked key out of the cache, without which it would be good until it is looked up again. */
async function forget(hash: string, deps: ApiDeps): Promise<void> {
  try {
    await deps.cache.forgetKey(hash)
  } catch (error) {
    if (!(error instanceof OracleError)) throw error
    deps.log({ event: 'key-not-forgotten', code: error.code })
    throw new ApiError(
      'revocation-incomplete',
      'The key is revoked, but the cache may go on admitting it for some minutes; ask again.',
      { cause: error, headers: { 'Retry-After': '1' } },
    )
  }
}

/** Ends the streams that were opened with a revoked key; nobody else would. */
async function expel(id: string, deps: ApiDeps): Promise<void> {
  // Whatever an object throws arrives as a plain error, so that none can be told from another.
  await deps.expel(id).catch((cause: unknown) => {
    deps.log({ event: 'key-not-expelled', id })
    throw new ApiError(
      'revocation-incomplete',
      'The key is revoked, but streams opened with it may go on; ask again.',
      { cause, headers: { 'Retry-After': '1' } },
    )
  })
}

function entryOf({ createdAtMs, revokedAtMs, ...key }: KeyEntry): KeyEntryResponse {
  return {
    ...key,
    created_at: createdAtMs,
    ...(revokedAtMs !== undefined && { revoked_at: revokedAtMs }),
  }
}
