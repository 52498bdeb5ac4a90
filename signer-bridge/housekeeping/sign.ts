/**
 * Signs a transaction of housekeeping: to one contract, without value, saying nothing but what was
 * named. What comes back is held against what was asked for. And signs a voter's registration, of
 * which only the meaning is given: no hash has a way in here.
 */

import { type Address, type Hash, type Hex, isAddressEqual } from 'viem'
import { type DigestForm, eip191Digest } from '../../src/protocol/digests.ts'
import { recoverSigner, type Signature, signatureOfWallet } from '../../src/protocol/signatures.ts'
import { registrationHash } from '../../src/protocol/voter-messages.ts'
import { tipRefusal } from '../call-policy.ts'
import type { Fees } from '../fees.ts'
import type { RoleKey } from '../roles.ts'
import { SigningError, signTransaction } from '../signer.ts'
import { type HouseKind, readHouseCalldata } from './calldata.ts'
import { deedRefusal, type HousePolicy, houseTermsRefusal } from './policy.ts'

export type HouseTransaction = {
  readonly kind: HouseKind
  readonly chainId: number
  /** Where the call goes, as the nodes agree that the registry has it. */
  readonly contract: Address
  readonly nonce: number
  readonly calldata: Hex
  readonly gas: bigint
  readonly fees: Fees
}

/**
 * Signs a type-2 transaction without value or access list.
 *
 * @throws {SigningError} `call-refused` if the calldata is no such call, or the policy forbids it;
 *   `signer-differs` if another key signed; `transaction-differs` if another transaction was signed.
 *   What was signed is then thrown away.
 */
export async function signHouse(
  key: RoleKey,
  asked: HouseTransaction,
  policy: HousePolicy,
): Promise<{ readonly raw: Hex; readonly txHash: Hash }> {
  const deed = readHouseCalldata(asked.kind, asked.calldata)
  const refusal =
    deed === undefined
      ? `The calldata is no ${asked.kind}.`
      : (deedRefusal(key.role, deed, policy) ?? houseTermsRefusal(asked) ?? feeRefusal(asked))
  if (refusal !== undefined) throw new SigningError('call-refused', refusal)
  const { raw, txHash } = await signTransaction(key, { ...asked, to: asked.contract })
  return { raw, txHash }
}

export type Registration = {
  readonly voter: Address
  /** The one to be registered for. */
  readonly rewardEpochId: number
  readonly chainId: number
  readonly form: DigestForm
}

/**
 * Signs that a voter is to be registered, with its signing-policy key.
 *
 * @returns Canonical: low s, v 27 or 28.
 * @throws {SigningError} `call-refused` if the key is not for it; `signer-differs`
 */
export async function signRegistration(
  { role, address, signer }: RoleKey,
  { voter, rewardEpochId, chainId, form }: Registration,
): Promise<Signature> {
  if (role !== 'signingPolicy') {
    throw new SigningError('call-refused', `A key for ${role} signs no registration.`)
  }
  const raw = registrationHash(form, voter, rewardEpochId, chainId)
  const signature = signatureOfWallet(await signer.signMessage({ message: { raw } }))
  const signedBy = await recoverSigner(eip191Digest(raw), signature)
  if (signedBy !== undefined && isAddressEqual(signedBy, address)) return signature
  throw new SigningError('signer-differs', `${signedBy} signed in place of ${address}.`)
}

/** The limit of gas is housekeeping's own; of the fees the same holds as of any call. */
function feeRefusal({ fees }: HouseTransaction): string | undefined {
  return tipRefusal(fees)
}
