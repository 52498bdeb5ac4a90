/**
 * `POST /internal/ingest`: raw tickers of an external collector. What is answered with 2xx as accepted
 * is kept; nothing is said before history or the spill has it.
 */

import { createRoute } from '@hono/zod-openapi'
import {
  ingestAnswerText,
  ingestHeaders,
  ingestPath,
  ingestRequestText,
} from '../protocol/ingest-auth.ts'
import {
  type IngestAnswer,
  ingestAnswerSchema,
  ingestRequestSchema,
  maxIngestBodyBytes,
  maxNamedRefusals,
} from '../protocol/ingest-wire.ts'
import { secondsUntil } from './answer.ts'
import { bodyOfBytes } from './body.ts'
import type { ApiDeps } from './deps.ts'
import type { Admission, CollectorGuest } from './ingest-ports.ts'
import { ApiError } from './problem.ts'
import { type Api, inJson, problemsOf, serve } from './serve.ts'
import { forGuests, type Keeper, type Visit } from './signed-door.ts'

const route = createRoute({
  method: 'post',
  path: ingestPath,
  summary: 'Take in what an external collector heard from exchanges',
  security: [{ collector: [] }],
  request: {
    body: {
      required: true,
      content: {
        'application/json': { schema: ingestRequestSchema.meta({ id: 'IngestRequest' }) },
      },
    },
  },
  responses: {
    200: inJson(
      'What is accepted is kept; what is refused is named.',
      ingestAnswerSchema.meta({ id: 'IngestAnswer' }),
    ),
    ...problemsOf(400, 401, 403, 413, 429, 503),
  },
})

export function ingestRoute(api: Api, deps: ApiDeps): void {
  serve(api, route, forGuests(deps, keeperOf(deps), ingest(deps)))
}

function keeperOf(deps: ApiDeps): Keeper<CollectorGuest> {
  return {
    title: 'collector',
    claimed: ({ req }) => {
      if (deps.ingest === undefined) {
        throw new ApiError('ingest-closed', 'No secret is shared with a collector here.')
      }
      const { collectors, stranger } = deps.ingest
      // Checked all the same, so that neither words nor time tell which names there are.
      return collectors.get(req.header(ingestHeaders.collector) ?? '') ?? stranger
    },
    mustBeNew: async (collector, nonce, nowMs) => {
      const admission = await admissionOf(deps, collector, { nonce, nowMs })
      if (admission.kind === 'used') throw new ApiError('nonce-used', 'A nonce is used once.')
      if (admission.kind === 'too-many') throw tooMany(collector, admission.freeAtMs, nowMs)
    },
    requestText: ingestRequestText,
    answerText: ingestAnswerText,
    maxBodyBytes: maxIngestBodyBytes,
    codes: { unauthorised: 'collector-unauthorised', clockOff: 'collector-clock-off' },
  }
}

async function admissionOf(
  { log }: ApiDeps,
  { name, admit }: CollectorGuest,
  { nonce, nowMs }: { readonly nonce: string; readonly nowMs: number },
): Promise<Admission> {
  try {
    return await admit(nonce, nowMs)
  } catch (cause) {
    log({ event: 'inbox-failed', collector: name, reason: String(cause).slice(0, 300) })
    throw new ApiError('ingest-unavailable', 'The memory of collectors does not answer.', {
      cause,
      headers: { 'Retry-After': '1' },
    })
  }
}

function tooMany({ requestsPerMinute }: CollectorGuest, freeAtMs: number, nowMs: number): ApiError {
  const waitSec = Math.max(1, secondsUntil(freeAtMs, nowMs))
  return new ApiError(
    'rate-limited',
    `This collector may send ${requestsPerMinute} batches a minute; send again in ${waitSec} s.`,
    { headers: { 'Retry-After': String(waitSec) } },
  )
}

function ingest({ log, sha256Hex }: ApiDeps) {
  return async ({ guest, bytes }: Visit<CollectorGuest>): Promise<string> => {
    const batch = bodyOfBytes(bytes, ingestRequestSchema)
    if (batch.collector !== guest.name) {
      throw new ApiError('request-malformed', 'The body names another collector than the header.')
    }
    const outcome = await guest.ingest(batch, await guest.sha256OfBytes(bytes))
    if (outcome.kind === 'lost') {
      log({ event: 'ingest-lost', collector: guest.name, tickers: batch.tickers.length })
      throw new ApiError('quotes-not-kept', 'Neither history nor its spill took the quotes.', {
        headers: { 'Retry-After': '5' },
      })
    }
    const { ids, refused, where } = outcome
    const told = { accepted: ids.length, refused: refused.length, kept: where }
    log({ event: 'batch-ingested', collector: guest.name, ...told })
    return JSON.stringify({
      batch_id: batch.batch_id,
      ...told,
      ids_sha256: await sha256Hex(
        ids
          .toSorted()
          .map((id) => `${id}\n`)
          .join(''),
      ),
      refusals: refused.slice(0, maxNamedRefusals),
    } satisfies IngestAnswer)
  }
}
