/**
 * Whether intervals keep what they promise, as far as a feed can see it without knowing the truth: two
 * halves of the sources that agreed are put to the vote apart, and whatever is the truth, it lies in
 * both of their intervals or one of them is wrong. So their prices may differ by what both intervals
 * allow together, and if they differ by more in over one of twenty checks, intervals are too narrow.
 *
 * It is a check from one side: what all sources have wrong together both halves have wrong. In
 * simulated markets whose intervals hold the truth in 94 % to 100 % it holds in 99 % and more; with
 * intervals half as wide it falls to 86 % to 96 %, while a check by the next tick's price hardly
 * notices, since in thirty seconds the market moves more than intervals are wide (2026-11-22).
 */

import { consensusOf } from './consensus.ts'
import type { FeedMemory, IntervalCoverage } from './feed-memory.ts'
import type { Vote } from './newest-votes.ts'
import type { ConsensusOutcome } from './outcome.ts'
import type { ConsensusPolicy } from './policy.ts'
import { seededRandom } from './seeded-random.ts'

/** Fewer sources make no two halves of which each could be outvoted by nobody. */
const leastSources = 4

/** Two halves cost as much as a vote: one tick in so many is checked, every two minutes as a rule. */
const everyTicks = 4

/** What a check weighs a check later: half is forgotten in a day. */
const fading = 0.999

const noneYet: IntervalCoverage = { checked: 0, held: 0 }

/**
 * The tally after a tick; as before where this one is not checked, or no half of it comes to a price.
 * The halves are drawn anew each time, and always alike for the same tick of the same feed.
 *
 * @param before The memory that the tick was put to the vote with.
 */
export function intervalsAfter(
  before: FeedMemory,
  quotes: readonly Vote[],
  outcome: ConsensusOutcome,
  policy: ConsensusPolicy,
): IntervalCoverage {
  const { intervals = noneYet, ticks } = before
  if (outcome.kind !== 'consensus' || ticks % everyTicks !== 0) return intervals
  if (outcome.n < leastSources) return intervals

  const [one, other] = halvesOf(outcome.sources, ticks)
  // What is remembered of the last consensus, and of behaviour, would speak in both.
  const { last: _last, anomaly: _anomaly, ...known } = before
  const voteOf = (half: ReadonlySet<string>): ConsensusOutcome =>
    consensusOf(
      quotes.filter(({ source }) => half.has(source)),
      policy,
      outcome.atMs,
      known,
    )
  const isHeld = agree(voteOf(one), voteOf(other))
  if (isHeld === undefined) return intervals
  return {
    checked: intervals.checked * fading + 1,
    held: intervals.held * fading + (isHeld ? 1 : 0),
    latest: { atMs: outcome.atMs, isHeld },
  }
}

/** Whether two prices lie within what their intervals allow together; undefined without two. */
function agree(one: ConsensusOutcome, other: ConsensusOutcome): boolean | undefined {
  if (one.kind !== 'consensus' || other.kind !== 'consensus') return undefined
  const gapBps = Math.abs(Math.log(one.price / other.price)) * 10_000
  return gapBps <= Math.hypot(one.intervalBps, other.intervalBps)
}

/** Sources dealt out like cards, after they were shuffled. */
function halvesOf(
  sources: readonly string[],
  seed: number,
): readonly [ReadonlySet<string>, ReadonlySet<string>] {
  const random = seededRandom(seed)
  const deck = [...sources]
  for (let i = deck.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1))
    ;[deck[i], deck[j]] = [deck[j] ?? '', deck[i] ?? '']
  }
  const middle = deck.length >> 1
  return [new Set(deck.slice(0, middle)), new Set(deck.slice(middle))]
}
