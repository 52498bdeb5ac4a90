/**
 * What a transaction proves by itself: its fields and its signature make its hash and name its
 * sender, whatever the node says that shows it.
 */

import {
  type Address,
  type Hash,
  isAddressEqual,
  keccak256,
  recoverAddress,
  serializeTransaction,
  type Signature,
  type Transaction,
} from 'viem'

/**
 * The hash of a transaction, out of its own fields, if the sender has signed them for this chain.
 * Of the kinds that Flare's nodes take; another one is nobody's.
 */
export async function hashSignedBy(
  sender: Address,
  transaction: Transaction,
  chainId: number,
): Promise<Hash | undefined> {
  try {
    const { signature, signedChainId } = signatureOf(transaction)
    if (signedChainId !== undefined && signedChainId !== chainId) return undefined
    const fields = fieldsOf(transaction, signedChainId)
    const signer = await recoverAddress({
      hash: keccak256(serializeTransaction(fields)),
      signature,
    })
    if (!isAddressEqual(signer, sender)) return undefined
    return keccak256(serializeTransaction(fields, signature))
  } catch {
    // Fields that cannot be a transaction, or a signature that is none: nobody has signed it.
    return undefined
  }
}

/** The hash of a transaction out of its own fields, whoever signed it; some 0.1 ms. */
export function hashOf(transaction: Transaction): Hash | undefined {
  try {
    const { signature, signedChainId } = signatureOf(transaction)
    return keccak256(serializeTransaction(fieldsOf(transaction, signedChainId), signature))
  } catch {
    // Fields that cannot be a transaction, or one of a kind that is not known here.
    return undefined
  }
}

/** From here on a legacy signature's `v` names the chain (EIP-155). */
const firstChainV = 35n

/** The signature, and the chain that it is for; a legacy one may be for any. */
function signatureOf(transaction: Transaction): {
  readonly signature: Signature
  readonly signedChainId: number | undefined
} {
  const { r, s, v, type, chainId } = transaction
  if (type !== 'legacy') {
    return { signature: { r, s, yParity: transaction.yParity }, signedChainId: chainId }
  }
  if (v < firstChainV) return { signature: { r, s, v }, signedChainId: undefined }
  const signedChainId = Number((v - firstChainV) / 2n)
  return { signature: { r, s, v }, signedChainId }
}

/** What was signed. */
function fieldsOf(one: Transaction, signedChainId: number | undefined) {
  const { nonce, gas, to, value, input: data } = one
  const call = { nonce, gas, to, value, data }
  if (one.type === 'legacy') {
    const type = 'legacy' as const
    const { gasPrice } = one
    return signedChainId === undefined
      ? { ...call, type, gasPrice }
      : { ...call, type, gasPrice, chainId: signedChainId }
  }
  if (one.type === 'eip2930') {
    const { gasPrice, accessList, chainId } = one
    return { ...call, type: 'eip2930' as const, chainId, gasPrice, accessList }
  }
  if (one.type !== 'eip1559') throw new TypeError(`A transaction of type ${one.type}.`)
  const { maxFeePerGas, maxPriorityFeePerGas, accessList, chainId } = one
  return {
    ...call,
    type: 'eip1559' as const,
    chainId,
    maxFeePerGas,
    maxPriorityFeePerGas,
    accessList,
  }
}
