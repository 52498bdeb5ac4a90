/**
 * The engine on a tape: the production vote at each sighting, learning from the ticks and not from
 * the freezes, just as `Feed` does.
 */

import { type ConsensusOutcome, consensusOf, defaultPolicy } from '../../src/core/consensus.ts'
import { newFeedMemory } from '../../src/core/feed-memory.ts'
import { learnt } from '../../src/core/learning.ts'
import type { RejectionReason } from '../../src/core/outcome.ts'
import type { Answer } from './peers.ts'
import { isFreeze, type Sighting } from './tape.ts'

/** Reasons that say that something is wrong with a quote; the others say who a source is. */
const detections: ReadonlySet<RejectionReason> = new Set([
  'out-of-range',
  'stale',
  'frozen',
  'outlier',
  'strayed',
])

/** What is seen at an instant. */
export type Seen = { readonly atMs: number; readonly quotes: readonly Sighting[] }

/** The engine's answer at each freeze of a tape, in order. */
export function engineAnswers(tape: readonly Seen[]): Answer[] {
  const answers: Answer[] = []
  let memory = newFeedMemory
  tape.forEach(({ atMs, quotes }, sighting) => {
    const outcome = consensusOf(quotes, defaultPolicy, atMs, memory)
    if (isFreeze(sighting)) answers.push(answerOf(outcome))
    else memory = learnt(memory, quotes, outcome, defaultPolicy)
  })
  return answers
}

/** A source is called wrong if it is left out for what it says, or has a say under an alert. */
function answerOf(outcome: ConsensusOutcome): Answer {
  const rejected = outcome.rejected
    .filter(({ reason }) => detections.has(reason))
    .map(({ source }) => source)
  if (outcome.kind === 'no-quorum') return { price: undefined, rejected }
  const alerted = outcome.contributions
    .filter(({ alert }) => alert === true)
    .map(({ source }) => source)
  return {
    price: outcome.price,
    rejected: [...rejected, ...alerted],
    intervalBps: outcome.intervalBps,
  }
}
