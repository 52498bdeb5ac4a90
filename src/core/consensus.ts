/**
 * Consensus: one price out of what many sources say.
 *
 * The steps, in their order, none with a clock or a network of its own:
 *
 * 1. The newest quote of each source, with a finite positive price and a believable date.
 * 2. How each is heard: by its last trade or the middle of its book; stale and frozen ones are not.
 * 3. Beyond belief after the last consensus (a decimal shift) is out, unless most sources are.
 * 4. Standing: who is new or back again is on probation.
 * 5. A standard deviation for each, learnt and widened by age.
 * 6. Of an independence group the best speaks.
 * 7. The start: the median of votes by freshness. Two camps of about half each are a split.
 * 8. The start is sharpened by all evidence near it, the last consensus included; around that the
 *    Hampel gate, `3.5 σ + 3 bps`. No majority within it is no quorum.
 * 9. Merit: reputation, less what is unusual in a source's behaviour.
 * 10. Leans are taken off, and prices of different ages carried forward to this instant along the path
 *     they draw together; who does not fit it at his own instant is an outlier.
 * 11. Shares by liquidity, merit and precision, capped at `0.49 / f`.
 * 12. Five votes and their median, only the plain median where the quorum is doubtful; kept within the
 *     agreeing prices and the gate around the start.
 * 13. The interval, by how uncertain the path's end is and how far the votes lie apart; confidence by it.
 *
 * It learns nothing: `learning.ts` makes the next memory of its outcome.
 */

import { carriedForward } from './carried.ts'
import { electorateOf, type Occasion, type Silenced } from './electorate.ts'
import { type FeedMemory, newFeedMemory } from './feed-memory.ts'
import { type Gated, gated } from './gate.ts'
import { speakersOf } from './independence.ts'
import { judgedVoters } from './merit.ts'
import { byCodeUnit, type Vote } from './newest-votes.ts'
import type { ConsensusOutcome, NoQuorumReason } from './outcome.ts'
import type { Sight } from './path.ts'
import type { ConsensusPolicy } from './policy.ts'
import { pricedBy, rejectionsOf } from './priced.ts'
import { median } from './robust.ts'
import type { Evidence } from './settle.ts'
import { startOf } from './start.ts'
import { tuning } from './tuning.ts'
import { votersOf } from './voters.ts'

export type { Consensus, ConsensusOutcome } from './outcome.ts'
export { type ConsensusPolicy, defaultPolicy } from './policy.ts'

const bpsPerUnit = 10_000

/**
 * Reduces quotes of one feed to one price. It lies between the lowest and the highest price of the
 * sources that agree; fewer than half of the voters, whatever prices, dates and volumes they claim,
 * cannot move it farther out of the range of the others than the gate is wide. The order of the
 * quotes does not matter.
 *
 * @param atMs The instant the price is for, Unix milliseconds. Passed in: the core has no clock.
 * @param memory What the feed has learnt; nothing where it is asked for the first time, or stateless.
 */
export function consensusOf(
  quotes: readonly Vote[],
  policy: ConsensusPolicy,
  atMs: number,
  memory: FeedMemory = newFeedMemory,
): ConsensusOutcome {
  const volatility = memory.volatility > 0 ? memory.volatility : tuning.learning.volatility
  const occasion: Occasion = { atMs, policy, memory, volatility }
  const { electors, silenced, isMakeshift } = electorateOf(quotes, occasion)
  const reference = median(electors.map(({ price }) => price)) ?? 1
  const voters = speakersOf(votersOf(electors, reference, occasion), ({ source, price }) => {
    silenced.push({ source, reason: 'mirror', price })
  })

  const start = startOf(voters)
  const last = lastSightOf(occasion, reference)
  const gate = gated(voters, start, youngOf(last, occasion))
  for (const { source, price } of gate.outliers) {
    silenced.push({ source, reason: 'outlier', price })
  }
  const required = Math.max(policy.minSources, gate.majority)
  if (gate.agreeing.length < required) {
    return noQuorumOf(gate, voters.length, { required, silenced, occasion })
  }

  const judged = judgedVoters(gate.agreeing, reference * (1 + gate.centre), occasion)
  const carrying = carriedForward(judged, last, occasion, gate)
  for (const misfit of carrying.misfits) {
    const { source, price } = misfit.judged.voter
    silenced.push({ source, reason: 'outlier', price })
  }
  const lowQuorum = gate.lowQuorum || isMakeshift
  return pricedBy(carrying, { occasion, reference, start, gate, lowQuorum, silenced })
}

/** The last consensus as one who saw the price at its instant; of the same or a later one nothing. */
function lastSightOf({ memory, atMs }: Occasion, reference: number): Sight | undefined {
  const { last } = memory
  if (last === undefined || last.atMs >= atMs) return undefined
  const sigma = Math.hypot(last.sigmaBps, last.fromStartBps) / bpsPerUnit
  return { atMs: last.atMs, value: last.price / reference - 1, variance: sigma * sigma }
}

/** What the last consensus says of now, while it is young: as much as the market lets stand of it. */
function youngOf(last: Sight | undefined, { atMs, volatility }: Occasion): Evidence | undefined {
  if (last === undefined || atMs - last.atMs > tuning.gate.lastVoiceMs) return undefined
  const moved = (volatility * volatility * (atMs - last.atMs)) / 1_000
  return { value: last.value, sigma: Math.sqrt(last.variance + moved), worth: 1 }
}

function noQuorumOf(
  { agreeing, split }: Gated,
  voters: number,
  about: {
    readonly required: number
    readonly silenced: readonly Silenced[]
    readonly occasion: Occasion
  },
): ConsensusOutcome {
  const { required, silenced, occasion } = about
  return {
    kind: 'no-quorum',
    reason: reasonOf(voters, split, occasion.policy),
    atMs: occasion.atMs,
    agreeing: agreeing.length,
    required,
    agreed: agreeing
      .map(({ source, price }) => ({ source, price }))
      .sort((left, right) => byCodeUnit(left.source, right.source)),
    confidence: 0,
    rejected: rejectionsOf(silenced, undefined),
  }
}

function reasonOf(
  voters: number,
  split: boolean,
  { minSources }: Pick<ConsensusPolicy, 'minSources'>,
): NoQuorumReason {
  if (voters < minSources) return 'too-few-sources'
  return split ? 'split' : 'no-majority'
}
