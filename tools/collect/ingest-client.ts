/**
 * The Worker, as a collector knows it: each try of a batch is signed anew, and an answer that the
 * Worker has not signed is no answer.
 */

import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { bytesOf, hmac, isSame, reasonOf, sha256 } from '../../signer-bridge/signed-answer.ts'
import {
  ingestAnswerText,
  ingestHeaders,
  ingestPath,
  ingestRequestText,
} from '../../src/protocol/ingest-auth.ts'
import {
  type IngestAnswer,
  ingestAnswerSchema,
  type IngestRequest,
} from '../../src/protocol/ingest-wire.ts'

/** What came of a try. */
export type Posted =
  | { readonly kind: 'accepted'; readonly answer: IngestAnswer }
  /** The Worker will not have this batch, now or later. */
  | { readonly kind: 'refused'; readonly code: string }
  /** It may or may not have been heard: to be sent again, after a wait if the Worker named one. */
  | { readonly kind: 'again'; readonly reason: string; readonly waitMs?: number }

export type ClientDeps = {
  /** Where the Worker is; a path in it is kept. */
  readonly workerUrl: string
  /** Shared with the Worker. */
  readonly secret: string
  readonly fetch: typeof fetch
  readonly nowMs: () => number
  /** For one try, milliseconds. */
  readonly timeoutMs: number
}

/** Longest wait that a Worker may ask for. Milliseconds. */
const maxWaitMs = 60_000

/** As far as it matters here: what RFC 9457 calls `type`, we call `code`. */
const problemSchema = z.object({ code: z.string().max(64) })

/** Refusals that pass: our clock is being set, the minute is over soon. */
const passing: ReadonlySet<string> = new Set(['nonce-used', 'collector-clock-off', 'rate-limited'])

/** One try. Never throws, and no answer of its own holds the secret. */
export async function post(batch: IngestRequest, deps: ClientDeps): Promise<Posted> {
  const { secret } = deps
  const url = new URL(`${deps.workerUrl.replace(/\/+$/, '')}${ingestPath}`)
  const body = JSON.stringify(batch)
  const nonce = randomBytes(16).toString('hex')
  const timeMs = deps.nowMs()
  const signed = { method: 'POST', path: url.pathname, timeMs, nonce, bodySha256: sha256(body) }
  try {
    const response = await deps.fetch(url, {
      method: 'POST',
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(deps.timeoutMs),
      headers: {
        'Content-Type': 'application/json',
        [ingestHeaders.collector]: batch.collector,
        [ingestHeaders.time]: String(timeMs),
        [ingestHeaders.nonce]: nonce,
        [ingestHeaders.signature]: hmac(secret, ingestRequestText(signed)),
      },
    })
    const answered = await bytesOf(response)
    const { status } = response
    const text = ingestAnswerText({ status, nonce, bodySha256: sha256(answered) })
    const isSigned = isSame(response.headers.get(ingestHeaders.signature) ?? '', hmac(secret, text))
    return isSigned ? read(response, answered) : unsigned(status, answered)
  } catch (error) {
    return { kind: 'again', reason: reasonOf(error) }
  }
}

function read({ status, headers }: Response, answered: Uint8Array): Posted {
  const json = jsonOf(answered)
  if (status === 200) return { kind: 'accepted', answer: ingestAnswerSchema.parse(json) }
  const code = codeIn(json)
  if (status < 500 && !passing.has(code)) return { kind: 'refused', code }
  const waitSec = Number(headers.get('Retry-After') ?? Number.NaN)
  if (!(waitSec >= 0)) return { kind: 'again', reason: code }
  return { kind: 'again', reason: code, waitMs: Math.min(waitSec * 1_000, maxWaitMs) }
}

/** Whoever does not know the secret, or is not let in, can only be told so unsigned. */
function unsigned(status: number, answered: Uint8Array): Posted {
  const code = status < 500 ? codeIn(jsonOf(answered)) : 'unknown'
  const isOurFault = ['collector-unauthorised', 'ingest-closed', 'body-too-large'].includes(code)
  const reason = isOurFault ? code : `An answer (${status}) was not signed by the Worker.`
  return { kind: 'again', reason }
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    // Some proxy's page: it has no code.
    return undefined
  }
}

function codeIn(json: unknown): string {
  return problemSchema.safeParse(json).data?.code ?? 'unknown'
}
