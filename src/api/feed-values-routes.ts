/**
 * `POST /feed-values/{votingRoundId}` and `POST /feed-values/`: the values of feeds for the reference
 * stack's clients, one entry a feed in the order asked. Round 0 means "now", as the plain path does.
 */

import { votingRoundIdSchema } from '../protocol/bridge-wire.ts'
import {
  type AskedFeed,
  type FeedValuesResponse,
  feedValuesRequestSchema,
  feedValuesResponseSchema,
  roundFeedValuesResponseSchema,
} from '../protocol/value-provider-wire.ts'
import { type ApiContext, baseHeaders, callerHeaders, json } from './answer.ts'
import { bodyOf } from './body.ts'
import { type Caller, lacking } from './caller.ts'
import type { ApiDeps } from './deps.ts'
import type { Door } from './door.ts'
import { latestValues, type Snapshot } from './latest-values.ts'
import { ApiError } from './problem.ts'
import { readRoundId } from './round-id.ts'
import { type Api, serve } from './serve.ts'
import { toldRounds } from './told-rounds.ts'
import type { Values } from './value-ports.ts'
import { enterAsProvider, keyOf, valueProviderRoutes } from './value-provider-entrance.ts'

const ofRound = valueProviderRoutes({
  paths: ['/feed-values/{votingRoundId}'],
  summary: 'The values of feeds for a voting round: the first answer to a key stands',
  params: {
    votingRoundId: votingRoundIdSchema.meta({ description: '0: now, and nothing is remembered.' }),
  },
  answer: roundFeedValuesResponseSchema.meta({ id: 'RoundFeedValues' }),
  description: 'One entry for each feed asked for, in the order asked; without `value` if none.',
})

const ofNow = valueProviderRoutes({
  paths: ['/feed-values/', '/feed-values'],
  summary: 'The values of feeds now',
  answer: feedValuesResponseSchema.meta({ id: 'FeedValues' }),
  description: 'One entry for each feed asked for, in the order asked; without `value` if none.',
})

const noSymbols: readonly never[] = []

export function feedValuesRoutes(api: Api, deps: ApiDeps, door: Door): void {
  const symbols = deps.settings.feeds.map(({ symbol }) => symbol)
  const categories = new Map<string, number>(
    deps.settings.feeds.map(({ symbol, category }) => [symbol, category]),
  )
  const latest = latestValues(deps)
  const rounds = toldRounds(deps)

  /** Whether a request is to bring the prices of all feeds along through the door. */
  function needsPrices(context: ApiContext, round: number): boolean {
    return round === 0 ? latest.isDue() : !rounds.isKnown(keyOf(context), round)
  }

  /** What is told to whoever is in, of a round or of now. @param round 0 is now. */
  async function snapshotFor(
    context: ApiContext,
    round: number,
    { caller, isBrought }: { readonly caller: Caller; readonly isBrought: boolean },
  ): Promise<Snapshot> {
    const made = async (): Promise<Snapshot> =>
      (isBrought ? undefined : latest.held()) ?? (await latest.renewed(caller.prices))
    if (round === 0) return made()
    const asked = { keyId: caller.key.id, votingRoundId: round }
    return rounds.told(keyOf(context), asked, made)
  }

  async function told(context: ApiContext, round: number | ApiError) {
    const isBrought = !(round instanceof ApiError) && needsPrices(context, round)
    const caller = await enterAsProvider(context, deps, door, isBrought ? symbols : noSymbols)
    if (round instanceof ApiError) throw round
    const { feeds } = await bodyOf(context.req.raw, feedValuesRequestSchema)

    const { values, feedFailed } = await snapshotFor(context, round, { caller, isBrought })
    const headers = {
      ...baseHeaders(deps.settings.mode),
      ...callerHeaders(feedFailed ? lacking(caller, 'feed') : caller, deps.nowMs()),
    }
    return { data: feeds.map((feed) => entryOf(feed, values, categories)), headers }
  }

  for (const route of ofRound) {
    serve(api, route, async (context) => {
      const round = askedRound(context)
      const { data, headers } = await told(context, round)
      return json({ votingRoundId: round, data }, headers, 201)
    })
  }
  for (const route of ofNow) {
    serve(api, route, async (context) => {
      const { data, headers } = await told(context, 0)
      return json({ data }, headers, 201)
    })
  }
}

/** The feed as it was asked for, with its value if it is ours and has one. */
function entryOf(
  feed: AskedFeed,
  values: Values,
  categories: ReadonlyMap<string, number>,
): FeedValuesResponse['data'][number] {
  const value = categories.get(feed.name) === feed.category ? values.get(feed.name) : undefined
  return value === undefined ? { feed } : { feed, value }
}

/** Read before the door is asked, judged after it: a request counts even if it makes no sense. */
function askedRound(context: ApiContext): number | ApiError {
  try {
    return readRoundId('votingRoundId', context.req.param('votingRoundId') ?? '')
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
}
