/** An address in the one spelling in which the house compares addresses. */

import type { Address } from 'viem'

/** The address in lower case. */
export function lowerCase(address: Address): Address {
  return `0x${address.slice(2).toLowerCase()}`
}
