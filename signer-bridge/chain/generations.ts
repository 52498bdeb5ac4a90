/**
 * The addresses that the contracts have had, one generation after the other: what an earlier one has
 * said stays true, and around a change both speak.
 */

import type { Address } from 'viem'
import { lowerCase } from '../../src/protocol/address.ts'
import type { NetworkName } from '../../src/protocol/networks.ts'
import { datedAddresses } from '../../src/protocol/relay-change.ts'
import type { ContractBook } from '../observations/contract-book.ts'
import type { Contracts } from './contracts.ts'

export type Generations = {
  /** Every contract whose events tell of reward epochs. In lower case, sorted, each once. */
  readonly speakers: readonly Address[]
  /** Every Relay. */
  readonly relays: readonly Address[]
}

/** Where the contracts are now, as far as that is known. */
export type Present = {
  readonly contracts?: Contracts
  /** Whether it is believed for good: what one node alone tells is not remembered. */
  readonly isSure: boolean
}

/** Remembers where the contracts are now, and tells where they are and have been. */
export function generationsOf(
  { contracts, isSure }: Present,
  network: NetworkName,
  book: ContractBook,
): Generations {
  const now = Object.entries(contracts ?? {})
  if (isSure) for (const [name, address] of now) book.note(name, address)
  const everOf = (name: string, dated: readonly Address[] = []) =>
    sorted([
      ...book.addressesOf(name),
      ...dated,
      ...now.flatMap(([known, address]) => (known === name ? [address] : [])),
    ])
  const { relay, voterRegistry, flareSystemsCalculator } = datedAddresses[network]
  const relays = everOf('relay', relay)
  return {
    relays,
    speakers: sorted([
      ...relays,
      ...everOf('flareSystemsManager'),
      ...everOf('ftsoRewardOffersManager'),
      ...everOf('voterRegistry', voterRegistry),
      ...everOf('flareSystemsCalculator', flareSystemsCalculator),
    ]),
  }
}

function sorted(addresses: readonly Address[]): readonly Address[] {
  return [...new Set(addresses.map(lowerCase))].toSorted()
}
