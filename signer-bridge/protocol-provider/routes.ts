/**
 * The routes of the protocol data provider, under the names that flare-system-client and the
 * data-availability layer know, each with its definition for the document at `/api-doc`.
 */

import { createRoute, OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Address } from 'viem'
import { z } from 'zod'
import type { RoundResult } from '../../src/protocol/round-result.ts'
import type { Log } from '../log.ts'
import {
  addressOf,
  apiKeyHeader,
  feedIdOf,
  mustBeKnown,
  mustHaveKey,
  mustHaveNoBody,
  roundOf,
} from './door.ts'
import { leafAbis } from './leaf-abis.ts'
import { closedHeaders, problemAnswer, ProviderError } from './problems.ts'
import type { Provider } from './provider.ts'
import { dataBody, feedBody, mediansBody } from './results.ts'
import {
  abisAnswerSchema,
  dataAnswerSchema,
  feedAnswerSchema,
  type HealthBody,
  healthSchema,
  mediansAnswerSchema,
  type NothingBody,
  payloadBodySchema,
} from './schemas.ts'

export type RoutesDeps = {
  readonly provider: Provider
  readonly health: () => HealthBody
  /** Whose votes are told; in any case of letters. */
  readonly submitAddresses: readonly Address[]
  /** Whoever can reach the port may ask, if there is none. */
  readonly apiKey: string | undefined
  /** Before every path: empty, or `/` and a name. */
  readonly basePath: string
  readonly log: Log
}

const round = { votingRoundId: z.string().regex(/^\d{1,10}$/) }
const sender = { ...round, address: z.string().meta({ description: 'Of the account that sends.' }) }

/** Paths, what they are for, and what they answer with 200. */
const routes = {
  submit1: ['/submit1/{votingRoundId}/{address}', 'The commit of a round', payloadBodySchema],
  submit2: ['/submit2/{votingRoundId}/{address}', 'The reveal of a round', payloadBodySchema],
  submit3: ['/submit3/{votingRoundId}/{address}', 'Not used by the protocol', payloadBodySchema],
  submitSignatures: [
    '/submitSignatures/{votingRoundId}/{address}',
    'The message of a round that is to be signed',
    payloadBodySchema,
  ],
  data: ['/data/{votingRoundId}', "The leaves of a round's tree", dataAnswerSchema],
  specificFeed: [
    '/specific-feed/{feedId}/{votingRoundId}',
    "A feed's result with its proof",
    feedAnswerSchema,
  ],
  medians: [
    '/medianCalculationResults/{votingRoundId}',
    'Medians, quartiles and weights of a round',
    mediansAnswerSchema,
  ],
  abis: ['/data-abis', 'How leaves are encoded', abisAnswerSchema],
  health: ['/health', 'Whether a round could begin now', healthSchema],
} as const satisfies Readonly<Record<string, readonly [string, string, z.ZodType]>>

type RouteName = keyof typeof routes

/** Asked by supervisors, who have no key. */
const open: ReadonlySet<RouteName> = new Set(['health'])

export function providerRoutes(deps: RoutesDeps): OpenAPIHono {
  const { provider, submitAddresses, apiKey } = deps
  const api = new OpenAPIHono()
  const routed = api.basePath(deps.basePath)

  const serve = (name: RouteName, body: (context: Context) => unknown) => {
    const route = routeOf(name)
    api.openAPIRegistry.registerPath({ ...route, path: `${deps.basePath}${route.path}` })
    routed.get(route.getRoutingPath(), async (context) => {
      if (!open.has(name)) mustHaveKey(context, apiKey)
      mustHaveNoBody(context)
      return json(await body(context))
    })
  }
  const vote = (name: 'submit1' | 'submit2', ask: Provider['commit']) => {
    serve(name, (context) => {
      const [votingRoundId, address] = [roundOf(context), addressOf(context)]
      mustBeKnown(address, submitAddresses)
      return ask(votingRoundId, address)
    })
  }
  const result = (name: RouteName, body: (result: RoundResult, context: Context) => unknown) => {
    serve(name, (context) => {
      const verdict = provider.data(roundOf(context))
      if (verdict.kind !== 'answer') return nothing[verdict.kind]
      return body(verdict.result, context) ?? nothing['not-available']
    })
  }

  vote('submit1', provider.commit)
  vote('submit2', provider.reveal)
  serve('submit3', () => {
    throw new ProviderError('call-unused', 'The FTSO protocol has no submit3.')
  })
  serve('submitSignatures', (context) => provider.message(roundOf(context), addressOf(context)))
  result('data', dataBody)
  result('specificFeed', (of, context) => feedBody(of, feedIdOf(context)))
  result('medians', (of) => mediansBody(of, provider.totalWeight(of.votingRoundId)))
  serve('abis', () => ({ status: 'OK', data: leafAbis }))
  serve('health', deps.health)
  document(api, deps)
  api.notFound(({ req }) =>
    req.method === 'GET'
      ? problemAnswer('route-unknown', 'See /api-doc.')
      : problemAnswer('method-not-allowed', 'Everything here is asked with GET.'),
  )
  api.onError((error) => {
    if (error instanceof ProviderError) return problemAnswer(error.code, error.message)
    deps.log({ event: 'request-failed', name: error.name, reason: error.message.slice(0, 300) })
    return problemAnswer('internal-error', 'The log says more.')
  })
  return api
}

const nothing: Readonly<Record<'too-early' | 'not-available', NothingBody>> = {
  'too-early': { status: 'TOO_EARLY' },
  'not-available': { status: 'NOT_AVAILABLE' },
}

function routeOf(name: RouteName) {
  const [path, summary, schema] = routes[name]
  const feedId = path.includes('{feedId}') ? { feedId: z.string() } : {}
  const params = path.includes('{address}') ? sender : path.includes('{voting') ? round : {}
  return createRoute({
    method: 'get',
    path,
    summary,
    ...(!open.has(name) && { security: [{ apiKey: [] }] }),
    request: { params: z.object({ ...params, ...feedId }) },
    responses: {
      200: { description: summary, content: { 'application/json': { schema } } },
      default: { description: 'A problem, as RFC 9457 has it; the client asks again.' },
    },
  })
}

/** The document of all this, made when it is first asked for. */
function document(api: OpenAPIHono, { basePath }: RoutesDeps): void {
  api.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'apiKey',
    in: 'header',
    name: apiKeyHeader,
  })
  let text: string | undefined
  api.get(`${basePath}/api-doc`, () => {
    text ??= JSON.stringify(
      api.getOpenAPI31Document({
        openapi: '3.1.0',
        info: { title: 'Chrono protocol data provider (FTSO, 100)', version: '1' },
      }),
    )
    return json(JSON.parse(text))
  })
}

function json(body: unknown): Response {
  return new Response(JSON.stringify(body), {
    headers: { ...closedHeaders, 'Content-Type': 'application/json' },
  })
}
