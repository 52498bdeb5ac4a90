/**
 * Whoever can sign, as far as this program needs to know: an encrypted keystore today. Transactions
 * are built here from meanings and checked after signing, so that no signer has to be believed.
 */

import { isDeepStrictEqual } from 'node:util'
import {
  type Address,
  type Hash,
  type Hex,
  keccak256,
  parseTransaction,
  recoverTransactionAddress,
  serializeSignature,
} from 'viem'
import type { LocalAccount, TransactionSerializedEIP1559 } from 'viem'
import { submissionAddress } from '../src/protocol/contracts.ts'
import { OracleError } from '../src/protocol/errors.ts'
import { type Fees, gasLimit } from './fees.ts'

export type Signer = Pick<LocalAccount, 'address' | 'signTransaction'>

/** A call of the Submission contract: nothing else has a way to be signed. */
export type Call = {
  readonly chainId: number
  readonly nonce: number
  readonly calldata: Hex
  readonly fees: Fees
}

export type SignedCall = {
  readonly raw: Hex
  readonly txHash: Hash
  /** r, s, v. */
  readonly signature: Hex
}

export class SigningError extends OracleError<'signer-differs' | 'transaction-differs'> {}

/**
 * Signs a call as a type-2 transaction without value or access list, and holds what comes back
 * against what was asked for.
 *
 * @param pinned The address that must have signed.
 * @throws {SigningError} `signer-differs` if another key signed; `transaction-differs` if another
 *   transaction was signed. What was signed is then thrown away.
 */
export async function signCall(signer: Signer, pinned: Address, call: Call): Promise<SignedCall> {
  const { chainId, nonce, calldata, fees } = call
  const raw = await signer.signTransaction({
    type: 'eip1559',
    chainId,
    nonce,
    to: submissionAddress,
    value: 0n,
    data: calldata,
    gas: gasLimit,
    ...fees,
  })
  const signature = signatureOf(raw, call)
  const signedBy = await recoverTransactionAddress({ serializedTransaction: typeTwo(raw) })
  if (signedBy.toLowerCase() !== pinned.toLowerCase()) {
    throw new SigningError('signer-differs', `${signedBy} signed in place of ${pinned}.`)
  }
  return { raw, txHash: keccak256(raw), signature }
}

/** The signature, if the transaction is the one that was asked for in every field. */
function signatureOf(raw: Hex, { chainId, nonce, calldata, fees }: Call): Hex {
  const { r, s, yParity, ...signed } = parseTransaction(typeTwo(raw))
  // What is zero or empty is left out by the parser.
  const asked = withoutZeros({
    type: 'eip1559',
    chainId,
    nonce,
    to: submissionAddress.toLowerCase(),
    data: calldata,
    gas: gasLimit,
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
