/** In whose name a root is bound: that of the voter which the chain knows a sender for. Pure. */

import type { Address } from 'viem'
import { lowerCase } from '../../src/protocol/address.ts'
import type { ObservedEpoch } from '../observer/observer.ts'

export type RootSigners = {
  /** Whose key will sign the message. */
  readonly signer: Address
  /** Who will send the signature. */
  readonly sender: Address
}

/**
 * The keys of the voter that sends its signatures from an address. A stranger to the policy stands
 * for itself: what it signs counts for nothing.
 *
 * @param epoch Of the round, if it is known.
 * @returns Addresses in lower case.
 */
export function signersOf(
  epoch: Pick<ObservedEpoch, 'voters'> | undefined,
  sender: Address,
): RootSigners {
  const address = lowerCase(sender)
  const voter = epoch?.voters.find(
    ({ submitSignaturesAddress }) => lowerCase(submitSignaturesAddress) === address,
  )
  return { signer: lowerCase(voter?.signingPolicyAddress ?? address), sender: address }
}
