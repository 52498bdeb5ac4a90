/**
 * Signs the call that makes a round final: beside the calls of the Submission contract the only
 * transaction that has a way to be signed, and the only one of the signing-policy key.
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
  type TransactionSerializedEIP1559,
} from 'viem'
import { protocolIds } from '../../src/protocol/payload.ts'
import { readProtocolMessage } from '../../src/protocol/protocol-message.ts'
import { readRelayCalldata } from '../../src/protocol/relay-calldata.ts'
import type { Fees } from '../fees.ts'
import type { RoleKey } from '../roles.ts'
import { SigningError } from '../signer.ts'

export type RelayTransaction = {
  readonly chainId: number
  readonly votingRoundId: number
  /** The Relay, as the registry has it. */
  readonly relay: Address
  readonly nonce: number
  readonly calldata: Hex
  readonly gas: bigint
  readonly fees: Fees
}

/**
 * Signs a type-2 transaction without value or access list, and holds what comes back against what
 * was asked for.
 *
 * @throws {SigningError} `call-refused` if the key is not for it or the calldata is no relay of that
 *   round; `signer-differs` if another key signed; `transaction-differs` if another transaction was
 *   signed. What was signed is then thrown away.
 */
export async function signRelay(
  { role, address, signer }: RoleKey,
  relay: RelayTransaction,
): Promise<{ readonly raw: Hex; readonly txHash: Hash }> {
  const { chainId, nonce, calldata, gas, fees } = relay
  const refusal = refusalOf(role, relay)
  if (refusal !== undefined) throw new SigningError('call-refused', refusal)
  const raw = await signer.signTransaction({
    type: 'eip1559',
    chainId,
    nonce,
    to: relay.relay,
    value: 0n,
    data: calldata,
    gas,
    ...fees,
  })
  if (!raw.startsWith('0x02') || !isAsAsked(raw, relay)) {
    throw new SigningError('transaction-differs', 'The signer signed another transaction.')
  }
  const serializedTransaction = typeTwo(raw)
  const signedBy = await recoverTransactionAddress({ serializedTransaction })
  if (!isAddressEqual(signedBy, address)) {
    throw new SigningError('signer-differs', `${signedBy} signed in place of ${address}.`)
  }
  return { raw, txHash: keccak256(raw) }
}

function refusalOf(role: RoleKey['role'], relay: RelayTransaction): string | undefined {
  if (role !== 'signingPolicy') return `A key for ${role} relays nothing.`
  const call = readRelayCalldata(relay.calldata)
  const message = call === undefined ? undefined : readProtocolMessage(call.message)
  if (message === undefined) return 'The calldata relays nothing.'
  const isOfRound = message.votingRoundId === relay.votingRoundId
  return isOfRound && message.protocolId === protocolIds.ftso
    ? undefined
    : `The calldata relays round ${message.votingRoundId} of protocol ${message.protocolId}.`
}

function isAsAsked(raw: Hex, { chainId, relay, nonce, calldata, gas, fees }: RelayTransaction) {
  const signed = parseTransaction(typeTwo(raw))
  // What is zero or empty is left out by the parser.
  return isDeepStrictEqual(
    {
      chainId: signed.chainId,
      nonce: signed.nonce ?? 0,
      to: signed.to?.toLowerCase(),
      value: signed.value ?? 0n,
      data: signed.data,
      gas: signed.gas,
      maxFeePerGas: signed.maxFeePerGas,
      maxPriorityFeePerGas: signed.maxPriorityFeePerGas ?? 0n,
      accessList: signed.accessList ?? [],
    },
    {
      chainId,
      nonce,
      to: relay.toLowerCase(),
      value: 0n,
      data: calldata,
      gas,
      maxFeePerGas: fees.maxFeePerGas,
      maxPriorityFeePerGas: fees.maxPriorityFeePerGas,
      accessList: [],
    },
  )
}

function typeTwo(raw: Hex): TransactionSerializedEIP1559 {
  // The first byte, which is all that the type says, is checked by whoever calls.
  return raw as TransactionSerializedEIP1559
}
