/**
 * The protocol data provider: gives another sender of ours what it is to submit of each round. All
 * that it tells is on the disk first; the same question has the same answer for ever, also when it
 * is asked twice at once or after a restart.
 */

import type { Address } from 'viem'
import { withoutEchoes } from '../log.ts'
import type { Begun } from './begin.ts'
import {
  type LookDeps,
  lookForCommit,
  lookForMessage,
  lookForReveal,
  outcomeOf,
  type Payload,
  type Roots,
} from './looks.ts'
import { type Look, oneAtATime, patiently, type Patience } from './patience.ts'
import { dataVerdict, type DataVerdict } from './result-answers.ts'
import type { PayloadBody } from './schemas.ts'

export type ProviderDeps = LookDeps & Patience

export type Provider = {
  /** `submit1`. The first question about the round in progress begins it. */
  readonly commit: (votingRoundId: number, submitAddress: Address) => Promise<PayloadBody>
  /** `submit2`. It needs the journal and block time, and nothing else. */
  readonly reveal: (votingRoundId: number, submitAddress: Address) => Promise<PayloadBody>
  /** `submitSignatures`. A round has one message for ever, whoever asks. */
  readonly message: (votingRoundId: number, sender: Address) => Promise<PayloadBody>
  /** What is known of a round's result now. */
  readonly data: (votingRoundId: number) => DataVerdict
  /** The weight of all voters of a round's policy, where it is known. */
  readonly totalWeight: (votingRoundId: number) => bigint | undefined
}

/** The client hangs up after 5 s, and after 2 s where it asks for signatures. */
const submitPatienceMs = 4_500
const signaturesPatienceMs = 1_500

export function protocolProvider(given: ProviderDeps): Provider {
  const deps = { ...given, log: withoutEchoes(given.log) }
  const commitsUnderWay = oneAtATime<string, Begun>()
  const roots: Roots = { underWay: oneAtATime<number, Begun>(), reserved: [] }
  return {
    commit: (votingRoundId, submitAddress) =>
      told(deps, submitPatienceMs, { call: 'submit1', votingRoundId }, () =>
        lookForCommit(deps, commitsUnderWay, votingRoundId, submitAddress),
      ),
    reveal: (votingRoundId, submitAddress) =>
      told(deps, submitPatienceMs, { call: 'submit2', votingRoundId }, () =>
        lookForReveal(deps, votingRoundId, submitAddress),
      ),
    message: (votingRoundId, sender) =>
      told(deps, signaturesPatienceMs, { call: 'submitSignatures', votingRoundId }, () =>
        lookForMessage(deps, roots, votingRoundId, sender),
      ),
    data: (votingRoundId) => {
      const outcome = outcomeOf(deps, votingRoundId)
      return dataVerdict(deps.network.schedule, votingRoundId, outcome, deps.moment())
    },
    totalWeight: (votingRoundId) =>
      deps
        .observer()
        ?.epochOf(votingRoundId)
        ?.epoch.voters.reduce((sum, { weight }) => sum + weight, 0n),
  }
}

type Question = { readonly call: string; readonly votingRoundId: number }

/** Looks until there is an answer, and says in the log what was told; never with the data. */
async function told(
  deps: ProviderDeps,
  patienceMs: number,
  { call, votingRoundId }: Question,
  look: () => Promise<Look<Payload>>,
): Promise<PayloadBody> {
  const seen = await patiently(deps, patienceMs, look)
  const { body, reason } =
    seen.kind === 'answer'
      ? seen.answer
      : { body: { status: 'RETRY' } as const, reason: seen.reason }
  deps.log({
    event: 'payload-told',
    call,
    voting_round_id: votingRoundId,
    status: body.status,
    ...(reason !== undefined && { reason }),
  })
  return body
}
