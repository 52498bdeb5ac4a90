/** The medians of a round's feeds, each with its turnout, out of the reveals that hold. */

import type { Address } from 'viem'
import { lowerCase } from './address.ts'
import type { Reveal } from './commit.ts'
import { ProtocolError } from './errors.ts'
import { decodeFeedValues } from './feed-values.ts'
import type { FeedMedian } from './leaves.ts'
import type { RewardEpoch } from './reward-epoch.ts'
import { medianOfVotes, turnoutBips, type WeightedVote } from './weighted-median.ts'

export type FeedResult = FeedMedian & {
  /** The values around the middle half of the weight; absent where no vote weighs anything. */
  readonly quartile1?: number
  readonly quartile3?: number
  /** Of the votes together. */
  readonly participatingWeight: bigint
}

/** `undefined` in a feed's place where its median is: a single vote, of no weight. */
export type FeedOutcomes = readonly (FeedResult | undefined)[]

/**
 * The result of each feed, in canonical order. A feed that nobody voted for has the value 0 at a
 * turnout of 0, and is a result like the others.
 *
 * @param valid The reveals that hold, by sender in lower case; those of strangers are passed over.
 * @throws {ProtocolError} `value-out-of-range` if the voters together weigh nothing;
 *   `malformed-payload` if a reveal has more values than the reward epoch has feeds.
 * @see https://github.com/flare-foundation/FTSO-Scaling `calculateMedianResults` (`ftso-median.ts`)
 */
export function feedMediansOf(
  { feeds, voters }: Pick<RewardEpoch, 'feeds' | 'voters'>,
  valid: ReadonlyMap<Address, Reveal>,
): FeedOutcomes {
  const totalWeight = voters.reduce((sum, { weight }) => sum + weight, 0n)
  if (totalWeight <= 0n) {
    throw new ProtocolError('value-out-of-range', 'The voters together weigh nothing.')
  }

  const votes: WeightedVote[][] = feeds.map(() => [])
  const decimals = feeds.map((feed) => feed.decimals)
  for (const { submitAddress, weight } of voters) {
    const reveal = valid.get(lowerCase(submitAddress))
    if (reveal === undefined) continue
    for (const [feed, vote] of decodeFeedValues(reveal.feedValues, decimals).entries()) {
      if (vote !== undefined) votes[feed]?.push({ value: vote.value, weight })
    }
  }
  return feeds.map((feed, at) => resultOf(feed, votes[at] ?? [], totalWeight))
}

function resultOf(
  { id, decimals }: Pick<FeedMedian, 'id' | 'decimals'>,
  votes: readonly WeightedVote[],
  totalWeight: bigint,
): FeedResult | undefined {
  const outcome = medianOfVotes(votes)
  switch (outcome.kind) {
    case 'undefined':
      return undefined
    case 'no-votes':
      return { id, decimals, value: 0, turnoutBips: 0, participatingWeight: 0n }
    case 'median': {
      const { kind: _, weight, ...middle } = outcome
      return {
        id,
        decimals,
        ...middle,
        turnoutBips: turnoutBips(weight, totalWeight),
        participatingWeight: weight,
      }
    }
  }
}
