/** The events by which a chain would have told of reward epochs. */

import { type Address, type Hex, keccak256, sliceHex } from 'viem'
import type { EpochEvent } from '../../signer-bridge/chain/reward-epochs.ts'
import { lowerCase } from '../../src/protocol/address.ts'
import type { RewardEpoch } from '../../src/protocol/reward-epoch.ts'
import { encodeSigningPolicy } from '../../src/protocol/signing-policy.ts'

/** Another address of whoever submits with this one. */
export function relatedAddress(role: string, submitAddress: Address): Address {
  return sliceHex(keccak256(Buffer.from(`${role} of ${lowerCase(submitAddress)}`)), 0, 20)
}

/**
 * All that makes up a reward epoch, and the start of the one before. Its feeds are offered by the
 * community for ever smaller amounts, so that they come to stand in any order that is wanted.
 */
export function eventsOf(epoch: RewardEpoch): EpochEvent[] {
  const { rewardEpochId, startVotingRoundId, beforeFip16 } = epoch
  let logIndex = 0
  const undated = () => {
    logIndex += 1
    return { blockNumber: rewardEpochId, logIndex, rewardEpochId }
  }
  const place = () => ({ ...undated(), timestampSec: rewardEpochId })
  return [
    { kind: 'epoch-started', ...place(), rewardEpochId: rewardEpochId - 1 },
    ...epoch.feeds.map(({ id, decimals }, i): EpochEvent => ({
      kind: 'community-offer',
      ...place(),
      feedId: id,
      decimals,
      amount: String(1_000 - i),
    })),
    { kind: 'random-acquisition', ...place() },
    ...epoch.voters.map(({ submitAddress }): EpochEvent => ({
      kind: 'voter',
      ...undated(),
      submitAddress: lowerCase(submitAddress),
      identity: relatedAddress('identity', submitAddress),
      signingPolicyAddress: relatedAddress('policy', submitAddress),
      submitSignaturesAddress: relatedAddress('signatures', submitAddress),
    })),
    ...epoch.voters
      .filter(() => beforeFip16)
      .map(({ submitAddress, weight }): EpochEvent => ({
        kind: 'voter-weight',
        ...undated(),
        identity: relatedAddress('identity', submitAddress),
        cappedDelegationWei: String(weight),
      })),
    { kind: 'policy', ...place(), startVotingRoundId, policyBytes: policyBytesOf(epoch) },
  ]
}

/** Before FIP.16 the weights of a policy are others than those that count. */
function policyBytesOf({
  rewardEpochId,
  startVotingRoundId,
  beforeFip16,
  voters,
}: RewardEpoch): Hex {
  return encodeSigningPolicy({
    rewardEpochId,
    startVotingRoundId,
    threshold: 1,
    seed: keccak256('0x01'),
    voters: voters.map(({ submitAddress, weight }) => ({
      address: relatedAddress('policy', submitAddress),
      weight: beforeFip16 ? 1 : Number(weight),
    })),
  })
}
