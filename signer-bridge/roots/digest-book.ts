/**
 * The memory of the digest in force: a form that has been clear holds for its reward epoch and is
 * confirmed by a few signatures each round; what was unclear is not gone through anew before peers
 * have said something new.
 */

import type { DigestForm } from '../../src/protocol/digests.ts'
import { protocolIds } from '../../src/protocol/payload.ts'
import {
  type DigestChoice,
  digestChoiceOf,
  type EvidenceQuestion,
  type EvidenceWorld,
  roundsOfEvidence,
} from './digest-evidence.ts'

export type DigestBook = {
  readonly choiceFor: (question: EvidenceQuestion) => Promise<DigestChoice>
}

export function digestBook(world: EvidenceWorld): DigestBook {
  let clear: { readonly rewardEpochId: number; readonly form: DigestForm } | undefined
  let last: { readonly seen: string; readonly choice: DigestChoice } | undefined
  return {
    choiceFor: async (question) => {
      const { rewardEpochId } = question.epoch.policy
      const seen = seenBy(world, question)
      if (last?.seen === seen) return last.choice
      const known = clear?.rewardEpochId === rewardEpochId ? clear.form : undefined
      const choice = await digestChoiceOf(world, question, known)
      last = { seen, choice }
      if (choice.kind === 'chosen') {
        if (choice.isClear) clear = { rewardEpochId, form: choice.form }
      } else clear = undefined
      return choice
    },
  }
}

/** All that a choice depends on, as far as it can change from one look to the next. */
function seenBy({ observer }: EvidenceWorld, question: EvidenceQuestion): string {
  const { ftso } = protocolIds
  const perRound = roundsOfEvidence(question).map((round) => [
    round,
    observer.signaturesFor(ftso, round).length,
    observer.finalisationOf(ftso, round)?.merkleRoot,
    observer.outcomeOf(round).kind,
  ])
  // As text, for "not before the end of time" has no spelling in JSON.
  const first = String(observer.firstChainBoundRound())
  return JSON.stringify([question.signingPolicyAddress, first, perRound])
}
