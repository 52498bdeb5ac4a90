/**
 * The door in front of the bridge's routes: a shared secret's signature over every request, and over
 * every answer to whoever knows the secret. No key, no limit by the minute, no browser.
 */

import { z } from 'zod'
import {
  answerText,
  bridgeClockToleranceMs,
  bridgeHeaders,
  requestText,
} from '../protocol/bridge-auth.ts'
import { OracleError } from '../protocol/errors.ts'
import { type ApiContext, bridgeHeadersOf } from './answer.ts'
import { bytesOf } from './body.ts'
import { areEqualDigests } from './credentials.ts'
import type { ApiDeps } from './deps.ts'
import { problemTold, problemType } from './error-answer.ts'
import { ApiError } from './problem.ts'
import type { BridgeDeps } from './round-ports.ts'
import type { Handler } from './serve.ts'

export const bridgePath = '/bridge/'

/** Fifty reports with the longest errors, or four times the feeds of a chain. */
export const maxBridgeBodyBytes = 262_144

const headersSchema = z.object({
  timeMs: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  signature: z.string().regex(/^[0-9a-f]{64}$/),
})

/** What a bridge asked, when it is known to be one. */
export type BridgeVisit = {
  readonly bridge: BridgeDeps
  readonly bytes: Uint8Array
  readonly context: ApiContext
}

/** Answers with a text in JSON. @throws {ApiError} for any other answer. */
export type BridgeHandler = (visit: BridgeVisit) => Promise<string>

type Admitted = { readonly visit: BridgeVisit; readonly timeMs: number; readonly nonce: string }

/** A handler that only a bridge comes to. */
export function forBridge(deps: ApiDeps, handler: BridgeHandler): Handler {
  const base = bridgeHeadersOf(deps.settings.mode)

  /** The problem that an error is, unsigned. */
  function problem(error: unknown, context: ApiContext) {
    if (!(error instanceof Error)) throw error
    const { status, text, headers } = problemTold(deps, error, context)
    return { status, text, headers: { ...base, 'Content-Type': problemType, ...headers } }
  }

  async function answered({ visit, timeMs, nonce }: Admitted) {
    try {
      await mustBeNew(deps, visit.bridge, { timeMs, nonce })
      const text = await handler(visit)
      return { status: 200, text, headers: { ...base, 'Content-Type': 'application/json' } }
    } catch (error) {
      return problem(error, visit.context)
    }
  }

  return async (context) => {
    let admitted: Admitted
    try {
      admitted = await admit(deps, context)
    } catch (error) {
      // Nobody without the secret gets anything that is signed with it.
      const { text, ...init } = problem(error, context)
      return new Response(text, init)
    }
    const { status, text, headers } = await answered(admitted)
    const { bridge } = admitted.visit
    const bodySha256 = await bridge.sha256OfBytes(new TextEncoder().encode(text))
    const signature = await bridge.hmacHex(
      answerText({ status, nonce: admitted.nonce, bodySha256 }),
    )
    return new Response(text, {
      status,
      headers: { ...headers, [bridgeHeaders.signature]: signature },
    })
  }
}

/** @throws {ApiError} `bridge-closed`, `bridge-unauthorised`, or what is wrong with the body. */
async function admit({ bridge }: ApiDeps, context: ApiContext): Promise<Admitted> {
  if (bridge === undefined) {
    throw new ApiError('bridge-closed', 'No secret is shared with a bridge here.')
  }
  const { req } = context
  const headers = headersSchema.safeParse({
    timeMs: req.header(bridgeHeaders.time),
    nonce: req.header(bridgeHeaders.nonce),
    signature: req.header(bridgeHeaders.signature),
  })
  if (!headers.success) throw unauthorised()
  const { timeMs, nonce, signature } = headers.data

  const bytes = await bytesOf(req.raw, maxBridgeBodyBytes)
  const { pathname, search } = new URL(req.url)
  const expected = await bridge.hmacHex(
    requestText({
      method: req.method,
      path: pathname + search,
      timeMs,
      nonce,
      bodySha256: await bridge.sha256OfBytes(bytes),
    }),
  )
  if (!areEqualDigests(signature, expected)) throw unauthorised()
  return { visit: { bridge, bytes, context }, timeMs, nonce }
}

/** @throws {ApiError} `bridge-clock-off`, `nonce-used` or `rate-limited`. */
async function mustBeNew(
  deps: ApiDeps,
  bridge: BridgeDeps,
  { timeMs, nonce }: { readonly timeMs: number; readonly nonce: string },
): Promise<void> {
  const nowMs = deps.nowMs()
  if (Math.abs(nowMs - timeMs) > bridgeClockToleranceMs) {
    const behind = ((nowMs - timeMs) / 1_000).toFixed(1)
    throw new ApiError('bridge-clock-off', `The bridge's clock is ${behind} s behind ours.`)
  }
  switch (await remembered(deps, async () => bridge.useNonce(nonce, nowMs))) {
    case 'fresh':
      return
    case 'used':
      throw new ApiError('nonce-used', 'A nonce is used once.')
    case 'too-many':
      throw new ApiError('rate-limited', 'More requests came than nonces can be remembered.')
  }
}

/** The memory of rounds' answer. @throws {ApiError} `rounds-unavailable` if it has none. */
export async function remembered<T>(
  { log }: Pick<ApiDeps, 'log'>,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    if (cause instanceof ApiError) throw cause
    // What an object throws arrives as a plain error.
    log({
      event: 'rounds-failed',
      ...(cause instanceof OracleError && { code: cause.code }),
      reason: String(cause).slice(0, maxLoggedReason),
    })
    throw new ApiError('rounds-unavailable', 'The memory of rounds does not answer; try again.', {
      cause,
      headers: { 'Retry-After': '1' },
    })
  }
}

/** Longest reason in the log, in characters. */
const maxLoggedReason = 300

function unauthorised(): ApiError {
  return new ApiError('bridge-unauthorised', 'The signature is missing, malformed or wrong.', {
    headers: { 'WWW-Authenticate': 'Chrono-HMAC' },
  })
}
