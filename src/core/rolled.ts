/**
 * The last consensus rolled forward: what it comes to if it has moved since as those sources have that
 * are still heard. A stopgap for an instant without a quorum, and no consensus.
 */

import { confidenceOf, intervalBpsOf } from './certainty.ts'
import { hearingOf } from './hearing.ts'
import type { FeedMemory } from './feed-memory.ts'
import { newestVotes, type Vote } from './newest-votes.ts'
import type { ConsensusPolicy } from './policy.ts'
import { median } from './robust.ts'
import { type SourceMemory, sourceMemoryOf } from './source-memory.ts'
import { tuning } from './tuning.ts'

export type Rolled = {
  /** Quote currency for one unit of base. */
  readonly price: number
  /** 0 to 1, lower the longer ago the last consensus was. */
  readonly confidence: number
  /** When the sources of the last consensus saw their prices, Unix milliseconds. */
  readonly observedAtMs: number
}

/**
 * The last consensus moved by the median return of its survivors: sources that had a part in it and
 * are heard at this instant. No survivor, no move. A return is believed up to five standard deviations
 * of what the market may have done meanwhile, so that one survivor that lies cannot do worse.
 *
 * @param atMs Unix milliseconds.
 * @returns Undefined where there has been no consensus, or one in which hardly enough sources agreed:
 *   what was doubtful then is no better for having been moved.
 */
export function rolledOf(
  quotes: readonly Vote[],
  policy: Pick<ConsensusPolicy, 'staleAfterMs'>,
  atMs: number,
  memory: FeedMemory,
): Rolled | undefined {
  const { last } = memory
  if (last === undefined || last.lowQuorum === true) return undefined
  const volatility = memory.volatility > 0 ? memory.volatility : tuning.learning.volatility
  const moved = volatility * Math.sqrt(Math.max(0, atMs - last.atMs) / 1_000)
  const most = tuning.roll.mostSigmas * moved + tuning.gate.floor

  const { staleAfterMs } = policy
  const hour = { atMs, volatility, learntVolatility: memory.volatility, staleAfterMs }
  const returns = newestVotes(quotes, atMs, []).flatMap((vote) => {
    const known = sourceMemoryOf(memory.sources, vote.source)
    if (known === undefined || !hadPart(known, last.atMs)) return []
    const hearing = hearingOf(vote, known, hour)
    return typeof hearing === 'object' ? [hearing.price / known.price - 1] : []
  })
  const move = Math.min(Math.max(median(returns) ?? 0, -most), most)
  const sigmaBps = Math.hypot(last.sigmaBps, moved * 10_000)
  return {
    price: last.price * (1 + move),
    confidence: confidenceOf(intervalBpsOf(sigmaBps, volatility)),
    observedAtMs: last.observedAtMs,
  }
}

/** Whether a source was one of those that agreed in the last consensus. */
function hadPart({ agreedAtMs }: SourceMemory, lastAtMs: number): boolean {
  return agreedAtMs === lastAtMs
}
