/**
 * Signs the call that makes a round final: beside the calls of the Submission contract the only
 * transaction that has a way to be signed, and the only one of the signing-policy key.
 */

import type { Address, Hash, Hex } from 'viem'
import { protocolIds } from '../../src/protocol/payload.ts'
import { readProtocolMessage } from '../../src/protocol/protocol-message.ts'
import { readRelayCalldata } from '../../src/protocol/relay-calldata.ts'
import type { Fees } from '../fees.ts'
import type { RoleKey } from '../roles.ts'
import { SigningError, signTransaction } from '../signer.ts'

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
  key: RoleKey,
  relay: RelayTransaction,
): Promise<{ readonly raw: Hex; readonly txHash: Hash }> {
  const refusal = refusalOf(key.role, relay)
  if (refusal !== undefined) throw new SigningError('call-refused', refusal)
  const { raw, txHash } = await signTransaction(key, { ...relay, to: relay.relay })
  return { raw, txHash }
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
