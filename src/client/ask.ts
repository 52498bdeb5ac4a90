/**
 * One question to the REST interface: sent with a deadline, its answer parsed with the schema that
 * the server made it with, and whatever goes wrong told as a `ClientError`.
 */

import type { z } from 'zod'
import { problemSchema } from '../protocol/wire.ts'
import { ClientError, ownError } from './client-error.ts'
import { parseTolerantly } from './tolerant.ts'

/** What the client needs of `fetch`; that of browsers, Node and Workers has more. */
export type FetchLike = (url: string, init: FetchInit) => Promise<ResponseLike>

export type FetchInit = {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string
  readonly signal: AbortSignal
}

export type ResponseLike = {
  readonly ok: boolean
  readonly status: number
  readonly headers: { readonly get: (name: string) => string | null }
  readonly text: () => Promise<string>
}

export type AskDeps = {
  readonly baseUrl: URL
  readonly apiKey: string
  readonly fetch: FetchLike
  readonly deadlineMs: number
}

export type Question<S extends z.ZodType> = {
  /** Below the base address, beginning with a slash. */
  readonly path: string
  readonly schema: S
  /** Sent as JSON by POST; without it the question is a GET. */
  readonly body?: unknown
  /** A route that needs no key is not told it: a browser then asks without a preflight. */
  readonly isOpen?: boolean
}

/**
 * The parsed answer to a question.
 *
 * @throws {ClientError} with the server's code, or `timed-out`, `unreachable`, `answer-malformed`,
 *   `status-unexpected`.
 */
export async function ask<S extends z.ZodType>(
  deps: AskDeps,
  question: Question<S>,
): Promise<z.output<S>> {
  const response = await answerTo(deps, question)
  const json = jsonOf(response.body)
  if (!response.ok) throw problemOf(response, json)
  const parsed = parseTolerantly(question.schema, json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.join('.') || 'the answer'
  throw ownError(
    'answer-malformed',
    `The answer to ${question.path} makes no sense: ${where}: ${issue?.message ?? 'unknown'}.`,
    { status: response.status, cause: parsed.error },
  )
}

type Answer = {
  readonly ok: boolean
  readonly status: number
  readonly retryAfter: string | null
  readonly body: string
}

async function answerTo(
  { baseUrl, apiKey, fetch, deadlineMs }: AskDeps,
  { path, body, isOpen = false }: Question<z.ZodType>,
): Promise<Answer> {
  // The signal covers the body too: a server that stops in the middle of it is late as well.
  const signal = AbortSignal.timeout(deadlineMs)
  try {
    const response = await fetch(addressOf(baseUrl, path), {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        Accept: 'application/json',
        ...(isOpen ? {} : { 'X-API-Key': apiKey }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    })
    return {
      ok: response.ok,
      status: response.status,
      retryAfter: response.headers.get('Retry-After'),
      body: await response.text(),
    }
  } catch (cause) {
    throw signal.aborted
      ? ownError('timed-out', `${path} was not answered within ${deadlineMs / 1_000} s.`, { cause })
      : ownError('unreachable', `${baseUrl.host} could not be reached.`, { cause })
  }
}

/** The address of a path below the base address, which may have a path of its own. */
export function addressOf(baseUrl: URL, path: string): string {
  return baseUrl.origin + baseUrl.pathname.replace(/\/$/, '') + path
}

/** What the text is in JSON; a text that is none is no answer of ours, and fits no schema. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Told by the caller, who knows what was asked for.
    return undefined
  }
}

function problemOf({ status, retryAfter }: Answer, json: unknown): ClientError {
  const retryAfterMs = waitMsOf(retryAfter)
  const details = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  const problem = problemSchema.safeParse(json)
  return problem.success
    ? new ClientError(problem.data.code, problem.data.detail, details)
    : ownError('status-unexpected', `The server answered with status ${status}.`, details)
}

/** `Retry-After` in milliseconds: ours is in seconds, a proxy's may be a date. */
function waitMsOf(header: string | null): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
