/** The results of rounds, each computed once, as soon as it can be. Nothing here waits or asks. */

import { roundResultOf } from '../../src/protocol/round-result.ts'
import type { EpochBook } from './epoch-book.ts'
import { keptRounds } from './follow.ts'
import type { ObservedEpoch, ObservedOutcome } from './observer.ts'
import type { Offences } from './offences.ts'
import type { ReadRounds } from './read-rounds.ts'
import { remembering } from './remembering.ts'

type OutcomesDeps = {
  readonly rounds: ReadRounds
  readonly offences: Pick<Offences, 'historyBefore'>
  readonly epochOf: EpochBook
}

/** A result, and the reward epoch that it was computed with: it holds while that is known so. */
type Computed = { readonly by: ObservedEpoch | undefined; readonly outcome: ObservedOutcome }

/** What `Observer.outcomeOf` is. A result stays when its blocks have been forgotten. */
export function outcomesOf({
  rounds,
  offences,
  epochOf,
}: OutcomesDeps): (votingRoundId: number) => ObservedOutcome {
  const computed = remembering<Computed>(keptRounds, rounds.era)
  return (votingRoundId) => {
    const by = epochOf(votingRoundId)
    const known = computed.of(votingRoundId)
    if (known !== undefined && known.by === by) return known.outcome
    if (!rounds.isRead(votingRoundId)) return { kind: 'not-yet' }
    const outcome = roundResultOf({
      votingRoundId,
      rewardEpochs: by === undefined ? [] : [by.epoch],
      submissions: rounds.submissionsOf(votingRoundId),
      history: offences.historyBefore(votingRoundId),
    })
    if (outcome.kind !== 'incomplete') computed.keep(votingRoundId, { by, outcome })
    return outcome
  }
}
