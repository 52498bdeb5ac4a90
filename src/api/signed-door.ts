/**
 * The door in front of routes for programs that share a secret with the house: a signature over
 * every request, and over every answer to whoever knows the secret. No key, no browser.
 */

import { z } from 'zod'
import {
  clockToleranceMs,
  type SignedAnswer,
  signedHeaders,
  type SignedRequest,
} from '../protocol/signed-request.ts'
import { type ApiContext, bridgeHeadersOf } from './answer.ts'
import { bytesOf } from './body.ts'
import { areEqualDigests } from './credentials.ts'
import type { ApiDeps } from './deps.ts'
import { problemTold, problemType } from './error-answer.ts'
import type { Guest } from './guest.ts'
import { ApiError, type ProblemCode } from './problem.ts'
import type { Handler } from './serve.ts'

/** What tells one door from another. */
export type Keeper<G extends Guest> = {
  /** What people call those who come. */
  readonly title: string
  /** The one who claims to come; it is not yet known whether it is. @throws {ApiError} if closed. */
  readonly claimed: (context: ApiContext) => G
  /**
   * Uses up a nonce of one who is known by now.
   *
   * @throws {ApiError} `nonce-used`, `rate-limited`, or that nobody remembers.
   */
  readonly mustBeNew: (guest: G, nonce: string, nowMs: number) => Promise<void>
  readonly requestText: (request: SignedRequest) => string
  readonly answerText: (answer: SignedAnswer) => string
  readonly maxBodyBytes: number
  readonly codes: { readonly unauthorised: ProblemCode; readonly clockOff: ProblemCode }
}

/** What a guest asked, when it is known to be one. */
export type Visit<G extends Guest> = {
  readonly guest: G
  readonly bytes: Uint8Array
  readonly context: ApiContext
}

type Admitted<G extends Guest> = {
  readonly visit: Visit<G>
  readonly timeMs: number
  readonly nonce: string
}

const headersSchema = z.object({
  timeMs: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  signature: z.string().regex(/^[0-9a-f]{64}$/),
})

/**
 * A handler that only guests come to.
 *
 * @param handler Answers with a text in JSON, and throws an `ApiError` for any other answer.
 */
export function forGuests<G extends Guest>(
  deps: ApiDeps,
  keeper: Keeper<G>,
  handler: (visit: Visit<G>) => Promise<string>,
): Handler {
  const base = bridgeHeadersOf(deps.settings.mode)

  /** The problem that an error is, unsigned. */
  function problem(error: unknown, context: ApiContext) {
    if (!(error instanceof Error)) throw error
    const { status, text, headers } = problemTold(deps, error, context)
    return { status, text, headers: { ...base, 'Content-Type': problemType, ...headers } }
  }

  async function answered({ visit, timeMs, nonce }: Admitted<G>) {
    try {
      mustBeInTime(keeper, timeMs, deps.nowMs())
      await keeper.mustBeNew(visit.guest, nonce, deps.nowMs())
      const text = await handler(visit)
      return { status: 200, text, headers: { ...base, 'Content-Type': 'application/json' } }
    } catch (error) {
      return problem(error, visit.context)
    }
  }

  return async (context) => {
    let admitted: Admitted<G>
    try {
      admitted = await admit(keeper, context)
    } catch (error) {
      // Nobody without the secret gets anything that is signed with it.
      const { text, ...init } = problem(error, context)
      return new Response(text, init)
    }
    const { status, text, headers } = await answered(admitted)
    const { guest } = admitted.visit
    const bodySha256 = await guest.sha256OfBytes(new TextEncoder().encode(text))
    const { nonce } = admitted
    const signature = await guest.hmacHex(keeper.answerText({ status, nonce, bodySha256 }))
    return new Response(text, {
      status,
      headers: { ...headers, [signedHeaders.signature]: signature },
    })
  }
}

/** @throws {ApiError} that the door is closed, the signature wrong, or what ails the body. */
async function admit<G extends Guest>(
  keeper: Keeper<G>,
  context: ApiContext,
): Promise<Admitted<G>> {
  const guest = keeper.claimed(context)
  const { req } = context
  const headers = headersSchema.safeParse({
    timeMs: req.header(signedHeaders.time),
    nonce: req.header(signedHeaders.nonce),
    signature: req.header(signedHeaders.signature),
  })
  if (!headers.success) throw unauthorised(keeper)
  const { timeMs, nonce, signature } = headers.data

  const bytes = await bytesOf(req.raw, keeper.maxBodyBytes)
  const { pathname, search } = new URL(req.url)
  const bodySha256 = await guest.sha256OfBytes(bytes)
  const path = pathname + search
  const text = keeper.requestText({ method: req.method, path, timeMs, nonce, bodySha256 })
  if (!areEqualDigests(signature, await guest.hmacHex(text))) throw unauthorised(keeper)
  return { visit: { guest, bytes, context }, timeMs, nonce }
}

function mustBeInTime(
  { title, codes }: Pick<Keeper<Guest>, 'title' | 'codes'>,
  timeMs: number,
  nowMs: number,
): void {
  if (Math.abs(nowMs - timeMs) <= clockToleranceMs) return
  const behind = ((nowMs - timeMs) / 1_000).toFixed(1)
  throw new ApiError(codes.clockOff, `The ${title}'s clock is ${behind} s behind ours.`)
}

function unauthorised({ codes }: Pick<Keeper<Guest>, 'codes'>): ApiError {
  return new ApiError(codes.unauthorised, 'The signature is missing, malformed or wrong.', {
    headers: { 'WWW-Authenticate': 'Chrono-HMAC' },
  })
}
