/**
 * The offenders of rounds, each round judged once by its own reward epoch, out of the stretch that has
 * been read.
 */

import type { Address } from 'viem'
import { benchingRounds, type OffenceHistory } from '../../src/protocol/benching.ts'
import { offendersOfRound } from '../../src/protocol/round-result.ts'
import type { EpochBook } from './epoch-book.ts'
import { keptRounds } from './follow.ts'
import type { ObservedEpoch } from './observer.ts'
import type { ReadRounds } from './read-rounds.ts'
import { remembering } from './remembering.ts'

export type Offences = {
  /** Those of the 20 rounds before a round that can be judged. */
  readonly historyBefore: (votingRoundId: number) => OffenceHistory
  /**
   * Judges one round, the oldest that is read in full and not judged, so that an outcome that is
   * asked for has no twenty rounds to make up for.
   *
   * @returns Whether there was one.
   */
  readonly judgeNext: () => boolean
}

/** By which epoch a round was judged; without a set where it could not be, for it was not known. */
type Judgement = {
  readonly by: ObservedEpoch | undefined
  readonly offenders: ReadonlySet<Address> | undefined
}

/** A round longer ago is in no window of one that is kept. */
const mostJudgements = keptRounds + benchingRounds

export function offencesOf(rounds: ReadRounds, epochOf: EpochBook): Offences {
  const judgements = remembering<Judgement>(mostJudgements, rounds.era)

  return {
    historyBefore: (votingRoundId) => {
      const history = new Map<number, ReadonlySet<Address>>()
      for (let round = votingRoundId - benchingRounds; round < votingRoundId; round += 1) {
        const judgement = standing(round) ?? (rounds.isRead(round) ? judge(round) : undefined)
        if (judgement?.offenders !== undefined) history.set(round, judgement.offenders)
      }
      return history
    },
    judgeNext: () => {
      const next = rounds.all().find((round) => standing(round) === undefined)
      if (next !== undefined) judge(next)
      return next !== undefined
    },
  }

  function standing(votingRoundId: number): Judgement | undefined {
    const known = judgements.of(votingRoundId)
    return known?.by === epochOf(votingRoundId) ? known : undefined
  }

  function judge(votingRoundId: number): Judgement {
    const by = epochOf(votingRoundId)
    const submissions = rounds.submissionsOf(votingRoundId)
    // Where nobody committed nobody offended, whatever the rules: before the chain's first block.
    const offenders =
      submissions.commits.size === 0
        ? new Set<Address>()
        : by && offendersOfRound({ votingRoundId, rewardEpochs: [by.epoch], submissions })
    return judgements.keep(votingRoundId, { by, offenders })
  }
}
