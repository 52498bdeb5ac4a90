/** `POST /volumes/`: what exchanges trade of feeds, by position, estimated from their 24 hours. */

import { z } from 'zod'
import type { FeedSymbol } from '../protocol/feed.ts'
import type { Provenance } from '../protocol/wire-provenance.ts'
import {
  feedValuesRequestSchema,
  type FeedVolumesResponse,
  feedVolumesResponseSchema,
  volumeWindowSec,
} from '../protocol/value-provider-wire.ts'
import { type ApiContext, baseHeaders, callerHeaders, json } from './answer.ts'
import { bodyOf } from './body.ts'
import { lacking } from './caller.ts'
import type { ApiDeps } from './deps.ts'
import type { Door } from './door.ts'
import { exchangeVolumes } from './exchange-volumes.ts'
import { ApiError } from './problem.ts'
import { type Api, serve } from './serve.ts'
import { ShortMemory } from './short-memory.ts'
import { enterAsProvider, valueProviderRoutes } from './value-provider-entrance.ts'

/** A volume of 24 hours hardly changes in a minute, and each feed has to be asked by itself. */
const votes = { lifetimeMs: 60_000, maxEntries: 256 } as const

const { least, most, usual } = volumeWindowSec

const routes = valueProviderRoutes({
  paths: ['/volumes/', '/volumes'],
  summary: 'What each exchange traded of feeds lately, by estimate',
  query: z.object({
    window: z.coerce.number().int().min(least).max(most).default(usual).meta({
      description: 'Seconds up to now. An exchange says 24 hours; this is their part of it.',
    }),
  }),
  answer: feedVolumesResponseSchema.meta({ id: 'FeedVolumes' }),
  description: 'One entry for each feed asked for, in the order asked.',
})

/** A feed's newest vote, if it has had one; `failed` is not the same as having none. */
type Vote = { readonly vote?: Provenance; readonly failed?: true }

export function volumesRoutes(api: Api, deps: ApiDeps, door: Door): void {
  const bySymbol = new Map<string, (typeof deps.settings.feeds)[number]>(
    deps.settings.feeds.map((feed) => [feed.symbol, feed]),
  )
  const known = new ShortMemory<Vote>(votes)

  async function voteOf(symbol: FeedSymbol): Promise<Vote> {
    const remembered = known.get(symbol, deps.nowMs())
    if (remembered !== undefined) return remembered
    try {
      const newest = await deps.provenanceOfFeed(symbol)
      const told = newest === undefined ? {} : { vote: newest.vote }
      known.set(symbol, told, deps.nowMs())
      return told
    } catch {
      // Whatever an object throws arrives as a plain error, so that none can be told from another.
      deps.log({ event: 'feed-failed', symbol })
      return { failed: true }
    }
  }

  const handler = async (context: ApiContext): Promise<Response> => {
    const caller = await enterAsProvider(context, deps, door, [])
    const windowSec = windowOf(context)
    const { feeds } = await bodyOf(context.req.raw, feedValuesRequestSchema)

    const ours = feeds.map(({ category, name }) => {
      const feed = bySymbol.get(name)
      return feed?.category === category ? feed.symbol : undefined
    })
    const asked = [...new Set(ours.filter((symbol) => symbol !== undefined))]
    const told = new Map(
      await Promise.all(asked.map(async (symbol) => [symbol, await voteOf(symbol)] as const)),
    )
    const body: FeedVolumesResponse = {
      data: feeds.map((feed, i) => {
        const symbol = ours[i]
        const vote = symbol === undefined ? undefined : told.get(symbol)?.vote
        return { feed, volumes: freshVolumes(vote, windowSec, deps) }
      }),
    }
    const isLacking = [...told.values()].some(({ failed }) => failed === true)
    const headers = callerHeaders(isLacking ? lacking(caller, 'feed') : caller, deps.nowMs())
    return json(body, { ...baseHeaders(deps.settings.mode), ...headers }, 201)
  }
  for (const route of routes) serve(api, route, handler)
}

/** Volumes of a vote that is not stale; what is remembered of it may be as old again. */
function freshVolumes(
  vote: Provenance | undefined,
  windowSec: number,
  { nowMs, settings }: Pick<ApiDeps, 'nowMs' | 'settings'>,
) {
  if (vote === undefined) return []
  const isStale = nowMs() - vote.timestamp > settings.staleAfterMs + votes.lifetimeMs
  return isStale ? [] : exchangeVolumes(vote, windowSec)
}

/** @throws {ApiError} `request-malformed` */
function windowOf({ req }: ApiContext): number {
  const text = req.query('window') ?? String(usual)
  const windowSec = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN
  if (windowSec >= least && windowSec <= most) return windowSec
  throw new ApiError(
    'request-malformed',
    `"window" is a whole number of seconds from ${least} to ${most}.`,
  )
}
