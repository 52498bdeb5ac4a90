/**
 * What may be said in a call, checked on its calldata right before it is signed, whoever made it: the
 * call that was named, by the key whose role it is, of that round, each protocol once. Pure.
 */

import { formatGwei, type Hex, hexToBigInt, size } from 'viem'
import { type PayloadFrame, protocolIds } from '../src/protocol/payload.ts'
import { readProtocolMessage } from '../src/protocol/protocol-message.ts'
import { readSubmission } from '../src/protocol/submission.ts'
import { encodeSubmitSignatures, readSubmitSignatures } from '../src/protocol/submit-signatures.ts'
import type { CallKind, CallName } from './call.ts'
import type { Fees } from './fees.ts'
import { maxCalldataBytes, maxGas } from './gas.ts'
import type { RootBook } from './journal/roots.ts'
import { type Role, senderOf } from './roles.ts'

const knownProtocols: ReadonlySet<number> = new Set(Object.values(protocolIds))

const commitBytes = 32
const randomBytes = 32
const slotBytes = 4

/** Why a call must not be signed; `undefined` if nothing stands against it. */
export function callRefusal(
  role: Role,
  { kind, votingRoundId }: Pick<CallName, 'kind' | 'votingRoundId'>,
  calldata: Hex,
): string | undefined {
  if (role !== senderOf[kind]) return `A key for ${role} sends no ${kind}.`
  if (size(calldata) > maxCalldataBytes) return `A ${kind} of ${size(calldata)} bytes is too long.`
  const submission = readSubmission(calldata)
  if (submission === undefined || submission.method !== kind) return `The calldata is no ${kind}.`
  const { frames } = submission
  if (frames.length === 0) return `The ${kind} says nothing.`
  if (new Set(frames.map(({ protocolId }) => protocolId)).size !== frames.length) {
    return `The ${kind} says two things of one protocol.`
  }
  return frames
    .map((frame) => frameRefusal(kind, votingRoundId, frame))
    .find((refusal) => refusal !== undefined)
}

/**
 * Why a call of signatures must not be signed: each is the one that was made for the root that is stored
 * of its round, and behind it stands what was bound with it.
 */
export function signaturesRefusal(
  kind: CallKind,
  calldata: Hex,
  rootOf: RootBook['rootOf'],
): string | undefined {
  if (kind !== 'submitSignatures') return undefined
  const frames = readSubmission(calldata)?.frames ?? []
  const odd = frames.find(({ payload, ...name }) => {
    const { signed, unsigned = '0x' } = rootOf(name) ?? {}
    if (signed === undefined) return true
    return encodeSubmitSignatures({ type: 1, signature: signed.signature, unsigned }) !== payload
  })
  return odd && `The signature of protocol ${odd.protocolId} is not the one of its stored root.`
}

/** Why a call must not be signed on these terms: too much gas, a fee above the cap, or a tip above the fee. */
export function termsRefusal({
  gas,
  fees,
  ceilingWei,
}: {
  readonly gas: bigint
  readonly fees: Fees
  /** No fee is ever above it. Wei for a unit of gas. */
  readonly ceilingWei: bigint
}): string | undefined {
  if (gas > maxGas) return `A limit of ${gas} gas is above ${maxGas}.`
  if (fees.maxFeePerGas > ceilingWei) {
    return `A fee of ${formatGwei(fees.maxFeePerGas)} gwei is above the ceiling of ${formatGwei(ceilingWei)} gwei.`
  }
  return tipRefusal(fees)
}

export function tipRefusal({ maxFeePerGas, maxPriorityFeePerGas }: Fees): string | undefined {
  return maxPriorityFeePerGas > maxFeePerGas ? 'The tip is above the fee that holds it.' : undefined
}

/** Why a protocol message must not be signed; `undefined` if nothing stands against it. */
export function rootRefusal(role: Role, message: Hex): string | undefined {
  if (role !== 'signingPolicy') return `A key for ${role} signs no roots.`
  const said = readProtocolMessage(message)
  if (said === undefined) return 'The message is none of the protocol.'
  if (!knownProtocols.has(said.protocolId)) {
    return `Protocol ${said.protocolId} is none that is spoken here.`
  }
  return hexToBigInt(said.merkleRoot) === 0n ? 'The root is zero.' : undefined
}

function frameRefusal(
  kind: CallKind,
  votingRoundId: number,
  { protocolId, votingRoundId: round, payload }: PayloadFrame,
): string | undefined {
  if (!knownProtocols.has(protocolId)) return `Protocol ${protocolId} is none that is spoken here.`
  if (round !== votingRoundId) return `A frame is of round ${round}, the call of ${votingRoundId}.`
  if (kind === 'submitSignatures') {
    const isSignature = readSubmitSignatures(payload) !== undefined
    return isSignature ? undefined : `The frame of protocol ${protocolId} holds no signature.`
  }
  if (protocolId !== protocolIds.ftso) return undefined
  const bytes = size(payload)
  if (kind === 'submit1') {
    return bytes === commitBytes ? undefined : `A commit of ${bytes} bytes is none.`
  }
  return bytes >= randomBytes && (bytes - randomBytes) % slotBytes === 0
    ? undefined
    : `A reveal of ${bytes} bytes is none.`
}
