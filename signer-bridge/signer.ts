/**
 * Whoever can sign, as far as this program needs to know. Transactions and messages are built here
 * from meanings and checked after signing, so that no signer has to be believed; nothing else has a
 * way to be signed.
 */

import { isDeepStrictEqual } from 'node:util'
import {
  type Address,
  type Hash,
  type Hex,
  isAddressEqual,
  keccak256,
  parseTransaction,
  recoverTransactionAddress,
  serializeSignature,
} from 'viem'
import type { TransactionSerializedEIP1559 } from 'viem'
import { submissionAddress } from '../src/protocol/contracts.ts'
import { type DigestForm, messageDigest, messageHash } from '../src/protocol/digests.ts'
import { OracleError } from '../src/protocol/errors.ts'
import { recoverSigner, type Signature, signatureOfWallet } from '../src/protocol/signatures.ts'
import type { CallName } from './call.ts'
import { callRefusal, rootRefusal, termsRefusal } from './call-policy.ts'
import type { Fees } from './fees.ts'
import type { RoleKey } from './roles.ts'

/** A call of the Submission contract. */
export type Call = Pick<CallName, 'kind' | 'votingRoundId'> & {
  readonly chainId: number
  readonly nonce: number
  readonly calldata: Hex
  /** Its limit. */
  readonly gas: bigint
  readonly fees: Fees
  /** No fee of it is ever above this. Wei for a unit of gas. */
  readonly ceilingWei: bigint
}

export type SignedCall = {
  readonly raw: Hex
  readonly txHash: Hash
  /** r, s, v. */
  readonly signature: Hex
}

export class SigningError extends OracleError<
  | 'signer-differs'
  | 'transaction-differs'
  | 'call-refused'
  /** A person has said no. */
  | 'signing-denied'
  /** Nobody knows whether it was signed: the way to the signer broke meanwhile. */
  | 'signing-unknown'
> {}

/**
 * Signs a call as a type-2 transaction without value or access list, and holds what comes back
 * against what was asked for.
 *
 * @throws {SigningError} `call-refused` if calldata, gas or fees are not what they may be, before anything
 *   is signed; `signer-differs` if another key signed than the pinned one; `transaction-differs` if
 *   another transaction was signed. What was signed is then thrown away.
 */
export async function signCall(key: RoleKey, call: Call): Promise<SignedCall> {
  const refusal = callRefusal(key.role, call, call.calldata) ?? termsRefusal(call)
  if (refusal !== undefined) throw new SigningError('call-refused', refusal)
  return await signTransaction(key, { ...call, to: submissionAddress })
}

/** What a failed asking leaves: a person's no, or a signature that may exist; `undefined` if neither. */
export function unsignedEnd(error: unknown): 'denied' | 'unknown' | undefined {
  if (!(error instanceof SigningError)) return undefined
  if (error.code === 'signing-denied') return 'denied'
  return error.code === 'signing-unknown' ? 'unknown' : undefined
}

/** What a transaction says, of whatever kind. */
export type AskedTransaction = Pick<Call, 'chainId' | 'nonce' | 'calldata' | 'gas' | 'fees'> & {
  readonly to: Address
}

/**
 * Signs a type-2 transaction without value or access list, and holds what comes back against what
 * was asked for. Whether it may be asked for is for the caller to have judged.
 *
 * @throws {SigningError} `signer-differs`, `transaction-differs`
 */
export async function signTransaction(
  { address, signer }: Pick<RoleKey, 'address' | 'signer'>,
  asked: AskedTransaction,
): Promise<SignedCall> {
  const { chainId, nonce, to, calldata, gas, fees } = asked
  const raw = await signer.signTransaction({
    type: 'eip1559',
    chainId,
    nonce,
    to,
    value: 0n,
    data: calldata,
    gas,
    ...fees,
  })
  const signature = signatureOf(raw, asked)
  const signedBy = await recoverTransactionAddress({ serializedTransaction: typeTwo(raw) })
  if (!isAddressEqual(signedBy, address)) {
    throw new SigningError('signer-differs', `${signedBy} signed in place of ${address}.`)
  }
  return { raw, txHash: keccak256(raw), signature }
}

/** What is signed of a round's result. */
export type Root = {
  /** 38 bytes: a bare hash has no way to be signed. */
  readonly message: Hex
  readonly form: DigestForm
  readonly chainId: number
}

/**
 * Signs a protocol message by way of EIP-191.
 *
 * @returns Canonical: low s, v 27 or 28.
 * @throws {SigningError} `call-refused` if the key is not for it, or it says nothing; `signer-differs` if another key
 *   signed than the pinned one. What was signed is then thrown away.
 * @throws {ProtocolError} `malformed-payload` if the message is not 38 bytes.
 */
export async function signRoot(
  { role, address, signer }: RoleKey,
  { message, form, chainId }: Root,
): Promise<Signature> {
  const raw = messageHash(form, message, chainId)
  const refusal = rootRefusal(role, message)
  if (refusal !== undefined) throw new SigningError('call-refused', refusal)
  const signature = signatureOfWallet(await signer.signMessage({ message: { raw } }))
  const signedBy = await recoverSigner(messageDigest(form, message, chainId), signature)
  if (signedBy === undefined || !isAddressEqual(signedBy, address)) {
    throw new SigningError('signer-differs', `${signedBy} signed a root in place of ${address}.`)
  }
  return signature
}

/** The signature, if the transaction is the one that was asked for in every field. */
function signatureOf(raw: Hex, { chainId, nonce, to, calldata, gas, fees }: AskedTransaction): Hex {
  const { r, s, yParity, ...signed } = parseTransaction(typeTwo(raw))
  // What is zero or empty is left out by the parser.
  const asked = withoutZeros({
    type: 'eip1559',
    chainId,
    nonce,
    to: to.toLowerCase(),
    data: calldata,
    gas,
    ...fees,
  })
  const isAsAsked = isDeepStrictEqual(
    withoutZeros({ ...signed, to: signed.to?.toLowerCase() }),
    asked,
  )
  if (!isAsAsked || r === undefined || s === undefined || yParity === undefined) {
    throw new SigningError('transaction-differs', 'The signer signed another transaction.')
  }
  return serializeSignature({ r, s, yParity })
}

function withoutZeros(fields: object): object {
  const isZero = (value: unknown) => value === 0 || value === 0n || value === undefined
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([name, value]) =>
        !isZero(value) && name !== 'v' && !(Array.isArray(value) && value.length === 0),
    ),
  )
}

function typeTwo(raw: Hex): TransactionSerializedEIP1559 {
  if (!raw.startsWith('0x02')) {
    throw new SigningError('transaction-differs', 'The signer signed no type-2 transaction.')
  }
  // The first byte, which is all that the type says, has just been checked.
  return raw as TransactionSerializedEIP1559
}
