/** An observer by hand: what a test says was read of the chain, and nothing else. */

import { type Address, type Hex, numberToHex } from 'viem'
import type {
  Confirmation,
  Finalisation,
  ObservedEpoch,
  ObservedOutcome,
  Observer,
  PeerCall,
  ReadStretch,
} from '../../signer-bridge/observer/observer.ts'
import type { DigestForm } from '../../src/protocol/digests.ts'
import { feedLeaf, randomLeaf } from '../../src/protocol/leaves.ts'
import { merkleProof, merkleTreeOf } from '../../src/protocol/merkle-tree.ts'
import { protocolIds } from '../../src/protocol/payload.ts'
import { encodeProtocolMessage, readProtocolMessage } from '../../src/protocol/protocol-message.ts'
import type { RoundResult } from '../../src/protocol/round-result.ts'
import { encodeSigningPolicy } from '../../src/protocol/signing-policy.ts'
import { encodeSubmitSignatures } from '../../src/protocol/submit-signatures.ts'
import { addressOf, aPolicy, signed } from './policy-signers.ts'

/** The key with which voter `key` sends its signatures. */
export const sendingKey = (key: number): number => 100 + key

/** A reward epoch whose voters have the keys 1, 2, … and these weights, from a round on. */
export function anEpoch(weights: readonly number[], startVotingRoundId = 0): ObservedEpoch {
  const policy = { ...aPolicy(weights), startVotingRoundId }
  const { rewardEpochId } = policy
  return {
    policy,
    policyBytes: encodeSigningPolicy(policy),
    voters: weights.map((_, place) => ({
      identity: addressOf(300 + place + 1),
      submitAddress: addressOf(200 + place + 1),
      submitSignaturesAddress: addressOf(sendingKey(place + 1)),
      signingPolicyAddress: addressOf(place + 1),
    })),
    epoch: {
      rewardEpochId,
      startVotingRoundId,
      beforeFip16: false,
      feeds: [],
      voters: weights.map((weight, place) => ({
        submitAddress: addressOf(200 + place + 1),
        weight: BigInt(weight),
      })),
    },
  }
}

/** A result of one feed; another price makes another root. */
export function aResult(votingRoundId: number, price = 123): RoundResult {
  const random = { value: 7n, isSecure: true }
  const feed = {
    id: `0x01${Buffer.from('BTC/USD').toString('hex').padEnd(40, '0')}`,
    value: price,
    turnoutBips: 9_000,
    decimals: 2,
    participatingWeight: 9n,
  } as const
  const leafOfRandom = randomLeaf(votingRoundId, random)
  const leaf = feedLeaf(votingRoundId, feed)
  const tree = merkleTreeOf([leafOfRandom, leaf])
  return {
    kind: 'result',
    votingRoundId,
    rewardEpochId: 309,
    random,
    feeds: [{ ...feed, leaf }],
    tree,
    message: encodeProtocolMessage({
      protocolId: protocolIds.ftso,
      votingRoundId,
      isSecureRandom: random.isSecure,
      merkleRoot: tree.root,
    }),
    randomProof: merkleProof(tree, leafOfRandom) ?? [],
  }
}

/** The message of a round, relayed at an instant. */
export function aFinalisation(message: Hex, timestampSec = 0): Finalisation {
  const read = readProtocolMessage(message)
  if (read === undefined) throw new Error('That is no message.')
  return { ...read, blockNumber: 1, timestampSec, txHash: numberToHex(1, { size: 32 }) }
}

/** A peer's frame: voter `key` signs a message, with or without saying which. */
export async function aPeerCall(
  key: number,
  message: Hex,
  {
    form,
    chainId,
    type = 1,
    sender = addressOf(sendingKey(key)),
  }: { form: DigestForm; chainId: number; type?: 0 | 1; sender?: Address },
): Promise<PeerCall> {
  const signature = await signed(key, message, { form, chainId })
  const rest = { signature, unsigned: '0x' } as const
  const payload = type === 1 ? { type, ...rest } : { type, message, ...rest }
  return {
    sender,
    protocolId: protocolIds.ftso,
    payload: encodeSubmitSignatures(payload),
    blockNumber: 1,
    transactionIndex: 0,
    timestampSec: 0,
  }
}

export class ObservedRounds {
  readonly outcomes = new Map<number, ObservedOutcome>()
  readonly finalisations = new Map<number, Finalisation>()
  /** What one node alone tells of as relayed. */
  readonly heard = new Map<number, Finalisation>()
  readonly peers = new Map<number, readonly PeerCall[]>()
  epoch: ObservedEpoch | undefined
  firstChainBound: number | undefined = 0
  stretch: ReadStretch | undefined
  confirmation: Confirmation = 'confirmed'

  /** Notes that a message is final. */
  finalise(message: Hex, timestampSec = 0): void {
    const finalisation = aFinalisation(message, timestampSec)
    this.finalisations.set(finalisation.votingRoundId, finalisation)
  }

  port(): Observer {
    const isOurs = (protocolId: number) => protocolId === protocolIds.ftso
    return {
      advance: () => Promise.resolve(1_000),
      confirm: () => Promise.resolve(1_000),
      confirmationOf: () => this.confirmation,
      outcomeOf: (round) => this.outcomes.get(round) ?? { kind: 'not-yet' },
      finalisationOf: (id, round) => (isOurs(id) ? this.finalisations.get(round) : undefined),
      relayHeardOf: (id, round) =>
        isOurs(id) ? (this.heard.get(round) ?? this.finalisations.get(round)) : undefined,
      signaturesFor: (id, round) => (isOurs(id) ? (this.peers.get(round) ?? []) : []),
      epochOf: (round) =>
        this.epoch !== undefined && round >= this.epoch.policy.startVotingRoundId
          ? this.epoch
          : undefined,
      firstChainBoundRound: () => this.firstChainBound,
      stretch: () => this.stretch,
    }
  }
}
