/**
 * `/bridge/v1`: what the signer bridge asks of the house. It takes a lease, has a round frozen,
 * reserves what it will sign, and reports what has come of it.
 */

import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { FreezeOutcome } from '../core/freezable.ts'
import {
  freezeRequestSchema,
  frozenRoundSchema,
  type Lease,
  leaseRequestSchema,
  leaseSchema,
  reportsAnswerSchema,
  reportsRequestSchema,
  reservationSchema,
  type Reserved,
  reservedSchema,
  standbyRequestSchema,
  standbySchema,
  votingRoundIdSchema,
} from '../protocol/bridge-wire.ts'
import { votingRoundAt } from '../protocol/epoch.ts'
import { secondsUntil } from './answer.ts'
import { bodyOfBytes } from './body.ts'
import { type BridgeHandler, forBridge, remembered } from './bridge-door.ts'
import type { ApiDeps } from './deps.ts'
import { ApiError } from './problem.ts'
import { roundIdOf } from './round-id.ts'
import { type Api, inJson, problemsOf, serve } from './serve.ts'

/** Rounds back that a root may still be signed for: until somebody has finalised it. */
const reservableRounds = 100

const security = [{ bridge: [] }]

function bridgeRoute<Path extends string>(
  path: Path,
  summary: string,
  schemas: { readonly asks: z.ZodType; readonly answers: z.ZodType; readonly what: string },
) {
  const withId = path.includes('{id}') ? { params: z.object({ id: votingRoundIdSchema }) } : {}
  return createRoute({
    method: 'post',
    path,
    summary,
    security,
    request: {
      ...withId,
      body: { required: true, content: { 'application/json': { schema: schemas.asks } } },
    },
    responses: {
      200: inJson(schemas.what, schemas.answers),
      ...problemsOf(400, 401, 403, 409, 413, 503),
    },
  })
}

const leaseRoute = bridgeRoute('/bridge/v1/lease', 'Take or renew the right to act', {
  asks: leaseRequestSchema.meta({ id: 'LeaseRequest' }),
  answers: leaseSchema.meta({ id: 'Lease' }),
  what: 'The lease.',
})
const freezeRoute = bridgeRoute('/bridge/v1/rounds/{id}/freeze', 'Freeze the prices of a round', {
  asks: freezeRequestSchema.meta({ id: 'FreezeRequest' }),
  answers: frozenRoundSchema.meta({ id: 'FrozenRound' }),
  what: 'The vector; the same bytes however often it is asked for.',
})
const reservationRoute = bridgeRoute('/bridge/v1/reservations', 'Reserve what will be signed', {
  asks: reservationSchema.meta({ id: 'Reservation' }),
  answers: reservedSchema.meta({ id: 'Reserved' }),
  what: 'It is reserved, for this digest and no other.',
})
const standbyRoute = bridgeRoute('/bridge/v1/standby', 'Stand by, ready to take over', {
  asks: standbyRequestSchema.meta({ id: 'StandbyRequest' }),
  answers: standbySchema.meta({ id: 'StandbyAnswer' }),
  what: 'The newest vector of this round or the one before, if there is one.',
})
const reportsRoute = bridgeRoute('/bridge/v1/reports', 'Report what became of calls on chain', {
  asks: reportsRequestSchema.meta({ id: 'ReportsRequest' }),
  answers: reportsAnswerSchema.meta({ id: 'ReportsAnswer' }),
  what: 'Ids of the reports that are kept and need not be sent again.',
})

export function bridgeRoutes(api: Api, deps: ApiDeps): void {
  serve(api, leaseRoute, forBridge(deps, lease(deps)))
  serve(api, freezeRoute, forBridge(deps, freeze(deps)))
  serve(api, reservationRoute, forBridge(deps, reserve(deps)))
  serve(api, standbyRoute, forBridge(deps, standBy(deps)))
  serve(api, reportsRoute, forBridge(deps, report(deps)))
}

function lease(deps: ApiDeps): BridgeHandler {
  return async ({ bridge, bytes }) => {
    const { holder } = bodyOfBytes(bytes, leaseRequestSchema)
    const nowMs = deps.nowMs()
    const outcome = await remembered(deps, async () => bridge.lease(holder, nowMs))
    if (outcome.kind === 'taken') {
      throw new ApiError('lease-taken', 'Another bridge acts for this network.', {
        headers: { 'Retry-After': String(secondsUntil(outcome.expiresAtMs, nowMs)) },
      })
    }
    const { fencingToken: fencing_token, expiresAtMs: expires_at } = outcome.lease
    return JSON.stringify({ fencing_token, expires_at } satisfies Lease)
  }
}

function freeze(deps: ApiDeps): BridgeHandler {
  return async ({ bridge, bytes, context }) => {
    const votingRoundId = roundIdOf(context)
    const request = bodyOfBytes(bytes, freezeRequestSchema)
    const outcome = await remembered(deps, async () => bridge.freeze(votingRoundId, request))
    if (outcome.kind === 'frozen') return outcome.body
    throw new ApiError(outcome.code, refusals[outcome.code])
  }
}

function reserve(deps: ApiDeps): BridgeHandler {
  return async ({ bridge, bytes }) => {
    const reservation = bodyOfBytes(bytes, reservationSchema)
    mustBeReservable(reservation.voting_round_id, deps)
    const outcome = await remembered(deps, async () => bridge.reserve(reservation))
    if (outcome.kind === 'refused') throw new ApiError(outcome.code, refusals[outcome.code])
    const isAwaited =
      reservation.kind === 'commit' &&
      (await remembered(deps, async () =>
        bridge.isAwaited(reservation.voting_round_id, deps.nowMs()),
      ))
    return JSON.stringify({
      reserved: true,
      ...(isAwaited && { standby_waits: true }),
    } satisfies Reserved)
  }
}

/** The vector is secret until its reveal: only bridges of the operator come to this door. */
function standBy(deps: ApiDeps): BridgeHandler {
  return async ({ bridge, bytes }) => {
    const request = bodyOfBytes(bytes, standbyRequestSchema)
    const nowMs = deps.nowMs()
    const lastRound = votingRoundAt(deps.settings.schedule, nowMs) - 1
    const body = await remembered(deps, async () => bridge.standBy(request, lastRound, nowMs))
    return body === undefined ? '{}' : `{"frozen":${body}}`
  }
}

/** Listeners need not wait for a database that is down; the bridge does, until reports are kept. */
function report(deps: ApiDeps): BridgeHandler {
  return async ({ bridge, bytes }) => {
    const { reports } = bodyOfBytes(bytes, reportsRequestSchema)
    const tell = async (): Promise<void> => {
      // First the memory, so that whoever hears of a reveal can read the round.
      await remembered(deps, async () => bridge.report(reports))
      await bridge.announce(reports)
    }
    const [kept, told] = await Promise.allSettled([bridge.keep(reports), tell()])
    if (told.status === 'rejected') throw told.reason
    if (kept.status === 'rejected' || !kept.value) {
      throw new ApiError('reports-not-kept', 'Neither history nor its spill took the reports.')
    }
    const acknowledged = reports.map(({ id }) => id)
    return JSON.stringify({ acknowledged } satisfies z.infer<typeof reportsAnswerSchema>)
  }
}

type RefusalCode = Extract<FreezeOutcome, { kind: 'refused' }>['code'] | 'digest-differs'

const refusals: Readonly<Record<RefusalCode, string>> = {
  'lease-lost': 'The fencing token is not that of the lease.',
  'feeds-differ': 'The round is frozen over other feeds, or the same in another order.',
  'round-not-open': 'The round has not begun.',
  'round-over': 'The round is over.',
  'too-early': 'The round may be frozen later on.',
  'digest-differs': 'Another digest is reserved for this signer, kind, protocol and round.',
}

/** @throws {ApiError} `round-not-open` or `round-over`: nobody has cause to sign for such a round. */
function mustBeReservable(votingRoundId: number, { settings, nowMs }: ApiDeps): void {
  const current = votingRoundAt(settings.schedule, nowMs())
  if (votingRoundId > current) throw new ApiError('round-not-open', refusals['round-not-open'])
  if (votingRoundId < current - reservableRounds) {
    throw new ApiError('round-over', refusals['round-over'])
  }
}
