/**
 * The calls of housekeeping as meanings, and their calldata. Nothing is signed but what is read back
 * from its calldata as one of these, and comes out the same to the byte when it is written anew. Pure.
 */

import { type Address, decodeFunctionData, encodeFunctionData, type Hex } from 'viem'
import { lowerCase } from '../../src/protocol/address.ts'
import type { Signature } from '../../src/protocol/signatures.ts'
import { houseVotersAbi, preRegistryAbi, rewardManagerAbi } from './abis.ts'
import type { ClaimWithProof } from './reward-data.ts'

export const houseKinds = ['claim', 'register', 'pre-register'] as const
export type HouseKind = (typeof houseKinds)[number]

/** Pays an owner's rewards: those of proofs, and by weight all up to and including a reward epoch. */
export type ClaimDeed = {
  readonly kind: 'claim'
  readonly owner: Address
  readonly recipient: Address
  readonly rewardEpochId: number
  /** Whether wrapped coins arrive. */
  readonly isWrapped: boolean
  readonly proofs: readonly ClaimWithProof[]
}

/** Registers a voter for the next reward epoch, now or as soon as that opens. */
export type RegisterDeed = {
  readonly kind: 'register' | 'pre-register'
  readonly owner: Address
  readonly signature: Signature
}

export type HouseDeed = ClaimDeed | RegisterDeed

/** What a contract is sent for a deed. */
export function houseCalldata(deed: HouseDeed): Hex {
  if (deed.kind === 'claim') {
    const { owner, recipient, rewardEpochId, isWrapped } = deed
    const proofs = deed.proofs.map(({ merkleProof, body }) => ({ merkleProof, body }))
    return encodeFunctionData({
      abi: rewardManagerAbi,
      functionName: 'claim',
      args: [owner, recipient, rewardEpochId, isWrapped, proofs],
    })
  }
  const args = [deed.owner, deed.signature] as const
  return deed.kind === 'register'
    ? encodeFunctionData({ abi: houseVotersAbi, functionName: 'registerVoter', args })
    : encodeFunctionData({ abi: preRegistryAbi, functionName: 'preRegisterVoter', args })
}

/**
 * The deed that some calldata is, with addresses in lower case.
 *
 * @returns `undefined` if it is none of that kind, or says anything beside it.
 */
export function readHouseCalldata(kind: HouseKind, calldata: Hex): HouseDeed | undefined {
  const deed = decoded(kind, calldata)
  return deed !== undefined && houseCalldata(deed) === calldata.toLowerCase() ? deed : undefined
}

function decoded(kind: HouseKind, data: Hex): HouseDeed | undefined {
  try {
    return kind === 'claim' ? claimIn(data) : registrationIn(kind, data)
  } catch {
    // Whatever cannot be decoded says nothing that could be meant.
    return undefined
  }
}

function claimIn(data: Hex): ClaimDeed | undefined {
  const call = decodeFunctionData({ abi: rewardManagerAbi, data })
  if (call.functionName !== 'claim') return undefined
  const [owner, recipient, rewardEpochId, isWrapped, proofs] = call.args
  return {
    kind: 'claim',
    owner: lowerCase(owner),
    recipient: lowerCase(recipient),
    rewardEpochId,
    isWrapped,
    proofs,
  }
}

function registrationIn(kind: RegisterDeed['kind'], data: Hex): RegisterDeed | undefined {
  if (kind === 'register') {
    const call = decodeFunctionData({ abi: houseVotersAbi, data })
    if (call.functionName !== 'registerVoter') return undefined
    return { kind, owner: lowerCase(call.args[0]), signature: call.args[1] }
  }
  const call = decodeFunctionData({ abi: preRegistryAbi, data })
  if (call.functionName !== 'preRegisterVoter') return undefined
  return { kind, owner: lowerCase(call.args[0]), signature: call.args[1] }
}
