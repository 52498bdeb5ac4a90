/**
 * The Worker, as the bridge knows it: every request is signed, every answer is checked before it is
 * used. Whatever is not provably the Worker's word counts as no answer at all.
 */

import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { answerText, bridgeHeaders, requestText } from '../src/protocol/bridge-auth.ts'
import {
  type FreezeRequest,
  type FrozenRound,
  frozenRoundSchema,
  type Lease,
  leaseSchema,
  reportsAnswerSchema,
  type Reservation,
  type Reserved,
  reservedSchema,
  type StandbyAnswer,
  type StandbyRequest,
  standbySchema,
  type SubmissionReport,
} from '../src/protocol/bridge-wire.ts'
import { bytesOf, hmac, isSame, reasonOf, sha256 } from './signed-answer.ts'

/** What came of a request. Being refused and being alone are normal days. */
export type Answer<T> =
  | { readonly kind: 'answered'; readonly value: T }
  /** The Worker says no, in its own words. */
  | { readonly kind: 'refused'; readonly status: number; readonly code: string }
  /** Nothing that can be believed came back: it may or may not have been heard. */
  | { readonly kind: 'unreachable'; readonly reason: string }

export type Worker = {
  readonly lease: (holder: string, deadlineMs: number) => Promise<Answer<Lease>>
  readonly freeze: (
    votingRoundId: number,
    request: FreezeRequest,
    deadlineMs: number,
  ) => Promise<Answer<FrozenRound>>
  readonly reserve: (reservation: Reservation, deadlineMs: number) => Promise<Answer<Reserved>>
  /** Asks, without the lease, for the newest frozen vector. */
  readonly standby: (request: StandbyRequest, deadlineMs: number) => Promise<Answer<StandbyAnswer>>
  /** @returns The ids that the Worker has. */
  readonly report: (
    reports: readonly SubmissionReport[],
    deadlineMs: number,
  ) => Promise<Answer<readonly string[]>>
}

export type WorkerDeps = {
  /** Where the Worker is; a path in it is kept. */
  readonly url: string
  /** Shared with the Worker. */
  readonly secret: string
  readonly fetch: typeof fetch
  readonly nowMs: () => number
}

/** As far as it matters here: what RFC 9457 calls `type`, we call `code`. */
const problemSchema = z.object({ code: z.string().max(64) })

/** What is asked, and how its answer is read. */
type Request<T> = {
  readonly path: string
  readonly body: unknown
  readonly schema: z.ZodType<T>
  /** From now on, milliseconds. */
  readonly deadlineMs: number
}

export function workerClient(deps: WorkerDeps): Worker {
  const base = deps.url.replace(/\/+$/, '')
  const post = <T>(request: Request<T>) => ask(deps, `${base}/bridge/v1${request.path}`, request)
  return {
    lease: (holder, deadlineMs) =>
      post({ path: '/lease', body: { holder }, schema: leaseSchema, deadlineMs }),
    freeze: (votingRoundId, body, deadlineMs) =>
      post({
        path: `/rounds/${votingRoundId}/freeze`,
        body,
        schema: frozenRoundSchema,
        deadlineMs,
      }),
    reserve: (body, deadlineMs) =>
      post({ path: '/reservations', body, schema: reservedSchema, deadlineMs }),
    standby: (body, deadlineMs) =>
      post({ path: '/standby', body, schema: standbySchema, deadlineMs }),
    report: async (reports, deadlineMs) => {
      const schema = reportsAnswerSchema
      const answer = await post({ path: '/reports', body: { reports }, schema, deadlineMs })
      return answer.kind === 'answered'
        ? { kind: 'answered', value: answer.value.acknowledged }
        : answer
    },
  }
}

async function ask<T>(deps: WorkerDeps, address: string, request: Request<T>): Promise<Answer<T>> {
  const { secret, nowMs } = deps
  const url = new URL(address)
  const body = JSON.stringify(request.body)
  const nonce = randomBytes(16).toString('hex')
  const timeMs = nowMs()
  const path = url.pathname + url.search
  const text = requestText({ method: 'POST', path, timeMs, nonce, bodySha256: sha256(body) })
  try {
    const response = await deps.fetch(url, {
      method: 'POST',
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(Math.max(1, Math.round(request.deadlineMs))),
      headers: {
        'Content-Type': 'application/json',
        [bridgeHeaders.time]: String(timeMs),
        [bridgeHeaders.nonce]: nonce,
        [bridgeHeaders.signature]: hmac(secret, text),
      },
    })
    const answered = await bytesOf(response)
    const { status } = response
    const expected = hmac(secret, answerText({ status, nonce, bodySha256: sha256(answered) }))
    if (!isSame(response.headers.get(bridgeHeaders.signature) ?? '', expected)) {
      return { kind: 'unreachable', reason: `An answer (${status}) was not signed by the Worker.` }
    }
    return read(status, answered, request.schema)
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) }
  }
}

/** Reads an answer that is the Worker's. One that fails on its side says nothing of our request. */
function read<T>(status: number, body: Uint8Array, schema: z.ZodType<T>): Answer<T> {
  if (status >= 500) return { kind: 'unreachable', reason: `The Worker failed (${status}).` }
  const json: unknown = JSON.parse(new TextDecoder().decode(body))
  if (status >= 200 && status < 300) return { kind: 'answered', value: schema.parse(json) }
  const problem = problemSchema.safeParse(json)
  return { kind: 'refused', status, code: problem.success ? problem.data.code : 'unknown' }
}
