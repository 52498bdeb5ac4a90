/**
 * `GET /api/v1/submissions`: what became of our calls on chain, newest first, page by page. While
 * history is down the answer comes from the memory of rounds, which reaches back some days.
 */

import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { SubmissionPlace } from '../history/history.ts'
import type { SubmissionReport } from '../protocol/bridge-wire.ts'
import { OracleError } from '../protocol/errors.ts'
import {
  submissionCursorSchema,
  type SubmissionsResponse,
  submissionsResponseSchema,
} from '../protocol/wire-rest.ts'
import { type ApiContext, baseHeaders, callerHeaders, json } from './answer.ts'
import { remembered } from './bridge-door.ts'
import { lacking } from './caller.ts'
import { apiKeyHeader } from './credentials.ts'
import type { ApiDeps } from './deps.ts'
import type { Door } from './door.ts'
import { limitParameter, pageSizeOf } from './page-size.ts'
import { ApiError } from './problem.ts'
import { type Api, inJson, keyed, keyedProblems, problemsOf, serve } from './serve.ts'

const route = createRoute({
  method: 'get',
  path: '/api/v1/submissions',
  summary: 'What became of our calls on chain, newest first',
  security: keyed,
  request: {
    query: z.object({ limit: limitParameter, cursor: submissionCursorSchema.optional() }),
  },
  responses: {
    200: inJson('A page.', submissionsResponseSchema.meta({ id: 'Submissions' })),
    ...problemsOf(400),
    ...keyedProblems,
  },
})

export function submissionsRoute(api: Api, deps: ApiDeps, door: Door): void {
  serve(api, route, async (context) => {
    const key = context.req.header(apiKeyHeader)
    const caller = await door.enter(context, { key, scope: 'read', symbols: [] })
    const limit = pageSizeOf(context)
    // One more than fits says whether there is another page.
    const { reports, isDegraded } = await newest(limit + 1, placeOf(context), deps)
    const page = reports.slice(0, limit)
    const last = reports.length > limit ? page.at(-1) : undefined
    const body: SubmissionsResponse = {
      submissions: page.map(({ voting_round_id, at, ...report }) => ({
        ...report,
        epoch: voting_round_id,
        timestamp: at,
      })),
      ...(last === undefined ? {} : { next_cursor: `${last.at}_${last.id}` }),
    }
    const headed = isDegraded ? lacking(caller, 'history') : caller
    return json(body, {
      ...baseHeaders(deps.settings.mode),
      ...callerHeaders(headed, deps.nowMs()),
    })
  })
}

async function newest(
  limit: number,
  before: SubmissionPlace | undefined,
  deps: ApiDeps,
): Promise<{ readonly reports: readonly SubmissionReport[]; readonly isDegraded: boolean }> {
  try {
    return { reports: await deps.history.submissions(limit, before), isDegraded: false }
  } catch (error) {
    if (!(error instanceof OracleError)) throw error
    deps.log({ event: 'history-failed', code: error.code })
    const reports = await remembered(deps, async () => deps.rounds.submissions(limit, before))
    return { reports, isDegraded: true }
  }
}

/** @throws {ApiError} `request-malformed` */
function placeOf(context: ApiContext): SubmissionPlace | undefined {
  const text = context.req.query('cursor')
  if (text === undefined) return undefined
  const cursor = submissionCursorSchema.safeParse(text)
  const [at, id] = text.split('_')
  if (!cursor.success || at === undefined || !z.uuid().safeParse(id).success || id === undefined) {
    throw new ApiError('request-malformed', '"cursor" is the `next_cursor` of the page before.')
  }
  return { atMs: Number(at), id }
}
