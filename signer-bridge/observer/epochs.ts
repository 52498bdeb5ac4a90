/**
 * Reward epochs out of the chain's events: the policy that signs, its voters in all their roles, the
 * feeds. An epoch of which a fact is missing is none yet, and never the one before it instead.
 */

import type { Address } from 'viem'
import { OracleError } from '../../src/protocol/errors.ts'
import type { NetworkName } from '../../src/protocol/networks.ts'
import { isBeforeFip16, votersOf } from '../../src/protocol/reward-epoch.ts'
import { readSigningPolicy, type SigningPolicy } from '../../src/protocol/signing-policy.ts'
import { type EpochEvent, feedsOfRound } from '../chain/reward-epochs.ts'
import type { ObservedEpoch } from './observer.ts'

export type EpochFacts =
  | { readonly kind: 'known'; readonly observed: ObservedEpoch }
  /** What is missing, in a sentence. */
  | { readonly kind: 'unknown'; readonly reason: string }

class EpochFactError extends OracleError<'fact-missing'> {}

/**
 * The reward epoch of a round, whole or not at all.
 *
 * @param events In the chain's order; what several generations of a contract have said of one epoch
 *   is one account, of which the latest word counts.
 */
export function epochFactsOf(
  events: readonly EpochEvent[],
  votingRoundId: number,
  network: NetworkName,
): EpochFacts {
  try {
    return { kind: 'known', observed: observedEpoch(events, votingRoundId, network) }
  } catch (error) {
    if (!(error instanceof OracleError)) throw error
    return { kind: 'unknown', reason: error.message }
  }
}

function observedEpoch(
  events: readonly EpochEvent[],
  votingRoundId: number,
  network: NetworkName,
): ObservedEpoch {
  const { rewardEpochId, feeds } = feedsOfRound(events, votingRoundId, network)
  const own = events.filter((event) => event.rewardEpochId === rewardEpochId)
  const { policy, policyBytes } = policyIn(own, rewardEpochId)
  const voters = votersIn(own, policy)
  const beforeFip16 = isBeforeFip16(network, rewardEpochId)
  const registered = voters.map(({ identity, submitAddress }, place) => ({
    submitAddress,
    policyWeight: policy.voters[place]?.weight ?? 0,
    ...cappedDelegationOf(own, identity),
  }))
  return {
    policy,
    policyBytes,
    voters,
    epoch: {
      rewardEpochId,
      startVotingRoundId: policy.startVotingRoundId,
      beforeFip16,
      feeds,
      voters: votersOf(registered, beforeFip16),
    },
  }
}

function policyIn(own: readonly EpochEvent[], rewardEpochId: number) {
  const event = own.filter(({ kind }) => kind === 'policy').at(-1)
  const policyBytes = event?.kind === 'policy' ? event.policyBytes : undefined
  const policy = policyBytes && readSigningPolicy(policyBytes)
  if (policyBytes === undefined || policy === undefined) {
    throw missing(`The signing policy of reward epoch ${rewardEpochId} cannot be read.`)
  }
  return { policy, policyBytes }
}

/** The voters by place in the policy, which knows them by their signing-policy addresses. */
function votersIn(own: readonly EpochEvent[], policy: SigningPolicy): ObservedEpoch['voters'] {
  const registrations = new Map(
    own
      .filter((event) => event.kind === 'voter')
      .map((event) => [event.signingPolicyAddress, event]),
  )
  const voters = policy.voters.map(({ address }) => {
    const registration = registrations.get(address)
    if (registration === undefined) {
      throw missing(
        `No registration of ${address} for reward epoch ${policy.rewardEpochId} is known.`,
      )
    }
    const { identity, submitAddress, submitSignaturesAddress, signingPolicyAddress } = registration
    return { identity, submitAddress, submitSignaturesAddress, signingPolicyAddress }
  })
  if (new Set(voters.map(({ submitAddress }) => submitAddress)).size !== voters.length) {
    throw missing(`Voters of reward epoch ${policy.rewardEpochId} share a submit address.`)
  }
  return voters
}

function cappedDelegationOf(own: readonly EpochEvent[], identity: Address) {
  const said = own
    .filter((event) => event.kind === 'voter-weight')
    .findLast((event) => event.identity === identity)
  return said && { cappedDelegationWei: BigInt(said.cappedDelegationWei) }
}

function missing(sentence: string): EpochFactError {
  return new EpochFactError('fact-missing', sentence)
}
