/**
 * Makes a round's result final as voters do: enough of them sign our message with their policy keys,
 * send their signatures, and somebody relays them with the random and its proof.
 */

import { concatHex, type Hex, numberToHex } from 'viem'
import type { ObservedEpoch } from '../../../signer-bridge/observer/observer.ts'
import { lowerCase } from '../../../src/protocol/address.ts'
import { submissionAddress } from '../../../src/protocol/contracts.ts'
import { messageHash } from '../../../src/protocol/digests.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { protocolIds } from '../../../src/protocol/payload.ts'
import { relayCalldata } from '../../../src/protocol/relay-calldata.ts'
import type { RoundResult } from '../../../src/protocol/round-result.ts'
import { signatureOfWallet } from '../../../src/protocol/signatures.ts'
import { encodeSubmitSignatures } from '../../../src/protocol/submit-signatures.ts'
import { submissionCalldata } from '../../../src/protocol/submission.ts'
import { cast } from './cast.ts'
import type { DrivenChain, Sending } from './driven-chain.ts'
import { bystander } from './playbook.ts'

export type FinalCalls = {
  readonly signatures: readonly Sending[]
  readonly relay: Sending
  /** A contract that claims another root, with the very event of the Relay. */
  readonly imposter: Sending
}

const gas = 3_000_000n

/** The heaviest voters whose weight together is more than the threshold. */
function signersOf({ policy }: ObservedEpoch) {
  const byWeight = policy.voters
    .map((voter, index) => ({ ...voter, index }))
    .toSorted((one, other) => other.weight - one.weight)
  let weight = 0
  const enough = byWeight.findIndex((voter) => (weight += voter.weight) > policy.threshold)
  return byWeight.slice(0, enough + 1)
}

export async function finalCallsOf(
  { contracts }: Pick<DrivenChain, 'contracts'>,
  result: RoundResult,
  observed: ObservedEpoch,
): Promise<FinalCalls> {
  const { message, votingRoundId } = result
  const raw = messageHash('chain-bound', message, networks.local.chainId)
  const signed = await Promise.all(
    signersOf(observed).map(async ({ address, index }) => {
      const voter = cast.find(({ policyKey }) => lowerCase(policyKey.address) === address)
      if (voter === undefined) throw new Error(`Nobody in the cast signs as ${address}.`)
      const signature = signatureOfWallet(await voter.policyKey.signMessage({ message: { raw } }))
      return { voter, index, signature }
    }),
  )
  const random = numberToHex(result.random.value, { size: 32 })
  return {
    signatures: signed.map(({ voter, signature }) => ({
      from: voter.submitSignaturesAddress,
      to: submissionAddress,
      data: submissionCalldata('submitSignatures', [
        {
          protocolId: protocolIds.ftso,
          votingRoundId,
          payload: encodeSubmitSignatures({ type: 1, signature, unsigned: '0x' }),
        },
      ]),
      gas,
    })),
    relay: {
      from: bystander,
      to: contracts.Relay,
      data: relayCalldata({
        policyBytes: observed.policyBytes,
        message,
        signatures: signed,
        randomProof: { random, proof: result.randomProof },
      }),
      gas,
    },
    imposter: { from: bystander, to: null, data: imposterCode(votingRoundId), gas },
  }
}

/** Code that logs `ProtocolMessageRelayed(100, round, true, 0xee…)` and leaves an empty contract. */
function imposterCode(votingRoundId: number): Hex {
  const topic = '0x4b781cfef3123d9257ab69e6e8ea36ad75a346d63c5ecf8a46931a0eef48bb9e'
  const push = (value: Hex): Hex => concatHex(['0x7f', value])
  const word = (value: number): Hex => numberToHex(value, { size: 32 })
  const [store, log3] = ['0x52', '0xa3'] as const
  const isSecure = concatHex([push(word(1)), push(word(0)), store])
  const root = concatHex([push(`0x${'ee'.repeat(32)}`), push(word(32)), store])
  const topics = concatHex([push(word(votingRoundId)), push(word(100)), push(topic)])
  return concatHex([isSecure, root, topics, push(word(64)), push(word(0)), log3])
}
