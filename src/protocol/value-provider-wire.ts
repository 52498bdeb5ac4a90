/**
 * What the reference FTSO client and the Go fast-updates client say to a feed value provider, in
 * their words: camelCase, and answers by position. A value that is not available is left out of its
 * object: a `null` would be rounded to a vote for the price 0.
 *
 * @see https://github.com/flare-foundation/ftso-v2-example-value-provider (seen 2026-11-22)
 */

import { z } from 'zod'
import { maxFeeds, votingRoundIdSchema } from './bridge-wire.ts'
import { priceSchema } from './wire.ts'

/** Most feeds that one request may name. */
export const maxAskedFeeds = maxFeeds

/** A feed as those clients name it: whatever they say is said again in the answer. */
const askedFeedSchema = z.object({
  /** 1 is crypto. */
  category: z.number(),
  /** The symbol, as on chain: `BTC/USD`. */
  name: z.string(),
})
export type AskedFeed = z.infer<typeof askedFeedSchema>

/** The body of every request. */
export const feedValuesRequestSchema = z.object({
  feeds: z.array(askedFeedSchema).max(maxAskedFeeds),
})

const feedValueSchema = z.strictObject({
  feed: askedFeedSchema,
  /** Quote currency for one unit of base; absent where there is none. */
  value: priceSchema.optional(),
})

/** `POST /feed-values/`: one entry for each feed asked for, in the order asked. */
export const feedValuesResponseSchema = z.strictObject({
  data: z.array(feedValueSchema).readonly(),
})
export type FeedValuesResponse = z.infer<typeof feedValuesResponseSchema>

/** `POST /feed-values/{votingRoundId}`. */
export const roundFeedValuesResponseSchema = z.strictObject({
  votingRoundId: votingRoundIdSchema,
  ...feedValuesResponseSchema.shape,
})
export type RoundFeedValuesResponse = z.infer<typeof roundFeedValuesResponseSchema>

/** How far back volumes reach, seconds: the reference remembers an hour. */
export const volumeWindowSec = { least: 1, most: 3_600, usual: 60 } as const

/** `POST /volumes/`: by position as well. */
export const feedVolumesResponseSchema = z.strictObject({
  data: z
    .array(
      z.strictObject({
        feed: askedFeedSchema,
        volumes: z
          .array(
            z.strictObject({
              exchange: z.string(),
              /** Quote currency traded in the window, by estimate. */
              volume: z.number().positive(),
            }),
          )
          .readonly(),
      }),
    )
    .readonly(),
})
export type FeedVolumesResponse = z.infer<typeof feedVolumesResponseSchema>
export type ExchangeVolume = FeedVolumesResponse['data'][number]['volumes'][number]
