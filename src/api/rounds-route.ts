/**
 * `GET /api/v1/rounds`: how far each voting round has come; and `/rounds/{id}`: what we submitted in
 * one, told only once the reveal is on chain. Until then nothing is said of it, whatever there is.
 */

import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { type RoundMemory, roundStageOf, transactionOf } from '../core/round-stage.ts'
import { votingRoundIdSchema } from '../protocol/bridge-wire.ts'
import { votingRoundAt, votingRoundStartMs } from '../protocol/epoch.ts'
import {
  roundRecordSchema,
  type RoundsResponse,
  roundsResponseSchema,
} from '../protocol/wire-rest.ts'
import { baseHeaders, callerHeaders, json } from './answer.ts'
import { remembered } from './bridge-door.ts'
import { apiKeyHeader } from './credentials.ts'
import type { ApiDeps } from './deps.ts'
import type { Door } from './door.ts'
import { limitParameter, pageSizeOf } from './page-size.ts'
import { ApiError } from './problem.ts'
import { readRoundId, roundIdOf } from './round-id.ts'
import { type Api, inJson, keyed, keyedProblems, problemsOf, serve } from './serve.ts'

/** Rounds that the list reaches back: those that are remembered beyond doubt. */
const rememberedRounds = 10_000

const listRoute = createRoute({
  method: 'get',
  path: '/api/v1/rounds',
  summary: 'The voting rounds, newest first, and how far each has come',
  security: keyed,
  request: {
    query: z.object({
      limit: limitParameter,
      before: votingRoundIdSchema
        .optional()
        .meta({ description: `Only rounds before this one, up to ${rememberedRounds} back.` }),
    }),
  },
  responses: {
    200: inJson('The rounds.', roundsResponseSchema.meta({ id: 'Rounds' })),
    ...problemsOf(400),
    ...keyedProblems,
  },
})

const recordRoute = createRoute({
  method: 'get',
  path: '/api/v1/rounds/{id}',
  summary: 'What was submitted in a round, once its reveal is on chain',
  security: keyed,
  request: { params: z.object({ id: votingRoundIdSchema }) },
  responses: {
    200: inJson('The public record.', roundRecordSchema.meta({ id: 'RoundRecord' })),
    ...problemsOf(400, 404),
    ...keyedProblems,
  },
})

export function roundsRoute(api: Api, deps: ApiDeps, door: Door): void {
  const base = baseHeaders(deps.settings.mode)

  serve(api, listRoute, async (context) => {
    const key = context.req.header(apiKeyHeader)
    const caller = await door.enter(context, { key, scope: 'read', symbols: [] })
    const limit = pageSizeOf(context)
    const before = context.req.query('before')
    const current = votingRoundAt(deps.settings.schedule, deps.nowMs())
    const newest =
      before === undefined ? current : Math.min(readRoundId('before', before) - 1, current)
    const oldest = Math.max(newest - limit + 1, current - rememberedRounds + 1, 0)
    const ids = Array.from({ length: Math.max(0, newest - oldest + 1) }, (_, i) => newest - i)

    const known =
      ids.length === 0 ? [] : await remembered(deps, async () => deps.rounds.list(oldest, newest))
    const nowMs = deps.nowMs()
    const body: RoundsResponse = { rounds: told(ids, known, { deps, nowMs }), served_at: nowMs }
    return json(body, { ...base, ...callerHeaders(caller, nowMs) })
  })

  serve(api, recordRoute, async (context) => {
    const key = context.req.header(apiKeyHeader)
    const caller = await door.enter(context, { key, scope: 'read', symbols: [] })
    const votingRoundId = roundIdOf(context)
    const record = await remembered(deps, async () => deps.rounds.record(votingRoundId))
    if (record === undefined) {
      throw new ApiError('round-not-revealed', 'No reveal of this round of ours is on chain.')
    }
    return json(record, { ...base, ...callerHeaders(caller, deps.nowMs()) })
  })
}

function told(
  ids: readonly number[],
  known: readonly RoundMemory[],
  { deps, nowMs }: { readonly deps: ApiDeps; readonly nowMs: number },
): RoundsResponse['rounds'] {
  const { schedule } = deps.settings
  const memories = new Map(known.map((memory) => [memory.votingRoundId, memory]))
  return ids.map((votingRoundId) => {
    const memory = memories.get(votingRoundId) ?? { votingRoundId, isFrozen: false, reports: [] }
    const commit = transactionOf(memory.reports, 'submit1')
    const reveal = transactionOf(memory.reports, 'submit2')
    return {
      epoch_id: votingRoundId,
      started_at: votingRoundStartMs(schedule, votingRoundId),
      ends_at: votingRoundStartMs(schedule, votingRoundId + 1),
      stage: roundStageOf(memory, schedule, nowMs),
      ...(commit === undefined ? {} : { commit_tx_hash: commit }),
      ...(reveal === undefined ? {} : { reveal_tx_hash: reveal }),
    }
  })
}
