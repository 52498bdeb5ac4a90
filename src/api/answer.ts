/**
 * The one place where answers are put together. A response is built whole, in one go: a middleware
 * that adds a header afterwards costs more than all the rest of a cached price.
 */

import type { Context } from 'hono'
import type { Caller } from './caller.ts'
import type { ApiSettings } from './deps.ts'

/** What a handler learns of its request. */
export type ApiEnv = { readonly Variables: { readonly caller: Caller | undefined } }
export type ApiContext = Context<ApiEnv>

const exposedHeaders = [
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Retry-After',
  'ETag',
  'X-Chrono-Degraded',
  'X-Chrono-Mode',
].join(', ')

type HeaderRecord = Readonly<Record<string, string>>

const closedHeaders: HeaderRecord = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
}

const openHeaders: HeaderRecord = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': exposedHeaders,
  'X-Content-Type-Options': 'nosniff',
}

/** Simulated prices say so on every answer. */
const replayHeaders: HeaderRecord = { ...openHeaders, 'X-Chrono-Mode': 'replay' }

/** The headers that every answer carries. */
export function baseHeaders(mode: ApiSettings['mode']): HeaderRecord {
  return mode === 'replay' ? replayHeaders : openHeaders
}

/** The headers of answers that are for the bridge alone: no browser's page may read them. */
export function bridgeHeadersOf(mode: ApiSettings['mode']): HeaderRecord {
  return mode === 'replay' ? { ...closedHeaders, 'X-Chrono-Mode': 'replay' } : closedHeaders
}

/** Whole seconds from one instant (Unix milliseconds) to another, never negative. */
export function secondsUntil(atMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((atMs - nowMs) / 1000))
}

/** The headers of an answer to a caller with a key. */
export function callerHeaders(caller: Caller, nowMs: number): Record<string, string> {
  const { limit, remaining, reset_at } = caller.rateLimit
  const headers: Record<string, string> = {
    'Cache-Control': 'no-store',
    'RateLimit-Limit': String(limit),
    'RateLimit-Remaining': String(remaining),
    'RateLimit-Reset': String(secondsUntil(reset_at, nowMs)),
  }
  if (caller.degraded.length > 0) headers['X-Chrono-Degraded'] = caller.degraded.join(', ')
  return headers
}

/** An answer in JSON. Our own data is not parsed again on its way out. */
export function json(body: unknown, headers: HeaderRecord, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
  })
}
