/** `07`: signing policies of Flare and Coston: bytes, events, hashes, threshold. */

import { decodeEventLog, type Hex } from 'viem'
import { z } from 'zod'
import { lowerCase } from '../../src/protocol/address.ts'
import { relayAbi } from '../../src/protocol/contracts.ts'
import { networks } from '../../src/protocol/networks.ts'
import {
  encodeSigningPolicy,
  readSigningPolicy,
  type SigningPolicy,
  signingPolicyOfEvent,
  totalWeightOf,
} from '../../src/protocol/signing-policy.ts'
import { signingPolicyHash } from '../../src/protocol/signing-policy-hash.ts'
import { policyThreshold } from '../../src/protocol/voter-weight.ts'
import { addressSchema, hexSchema } from './fields.ts'
import type { VectorCase } from './vector-case.ts'

const expectedSchema = z.object({
  rewardEpochId: z.int(),
  startVotingRoundId: z.int(),
  threshold: z.int(),
  voters: z.int(),
  totalWeight: z.int(),
  voter: addressSchema,
  voterWeight: z.int(),
  index: z.int(),
})

const schema = z.object({
  flare309: z.object({ rawBytes: hexSchema, legacyHash: hexSchema, chainBoundHash14: hexSchema }),
  costonLogs: z.array(
    z.object({
      topics: z.array(hexSchema).min(1),
      data: hexSchema,
      expect: expectedSchema,
    }),
  ),
})
type Published = z.infer<typeof schema>

export function signingPolicyCases(json: unknown): readonly VectorCase[] {
  const { flare309, costonLogs } = schema.parse(json)
  return [...flareCases(flare309), ...costonLogs.flatMap(eventCases)]
}

function flareCases({
  rawBytes,
  legacyHash,
  chainBoundHash14,
}: Published['flare309']): readonly VectorCase[] {
  const hash = (form: 'legacy' | 'chain-bound') => () =>
    signingPolicyHash(form, rawBytes, networks.flare.chainId)
  const policy = readSigningPolicy(rawBytes)
  return [
    { name: 'flare 309: hash before Relay v2', published: legacyHash, ours: hash('legacy') },
    { name: 'flare 309: hash since', published: chainBoundHash14, ours: hash('chain-bound') },
    {
      name: 'flare 309: read and encoded again',
      published: rawBytes,
      ours: () => policy && encodeSigningPolicy(policy),
    },
    thresholdCase('flare 309', policy),
  ]
}

function eventCases({ topics, data, expect }: Published['costonLogs'][number]) {
  const name = `coston ${expect.rewardEpochId}`
  const policy = policyOfLog(topics, data)
  return [
    {
      name: `${name}: event`,
      published: { ...expect, voter: lowerCase(expect.voter) },
      ours: () => ({
        rewardEpochId: policy.rewardEpochId,
        startVotingRoundId: policy.startVotingRoundId,
        threshold: policy.threshold,
        voters: policy.voters.length,
        totalWeight: totalWeightOf(policy.voters),
        voter: policy.voters[expect.index]?.address,
        voterWeight: policy.voters[expect.index]?.weight,
        index: policy.voters.findIndex(({ address }) => address === lowerCase(expect.voter)),
      }),
    },
    thresholdCase(name, policy),
  ]
}

/** The threshold that the policy has against the one that its weights make. */
function thresholdCase(name: string, policy: SigningPolicy | undefined): VectorCase {
  return {
    name: `${name}: threshold of its weights`,
    published: policy?.threshold,
    ours: () => policyThreshold(policy?.voters.map(({ weight }) => weight) ?? []),
  }
}

/** Compares the event's fields with its bytes as well. */
function policyOfLog([signature, ...indexed]: readonly Hex[], data: Hex): SigningPolicy {
  const { args } = decodeEventLog({
    abi: relayAbi,
    eventName: 'SigningPolicyInitialized',
    topics: signature === undefined ? [] : [signature, ...indexed],
    data,
  })
  return signingPolicyOfEvent(args)
}
