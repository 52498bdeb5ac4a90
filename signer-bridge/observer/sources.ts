/** The names of nodes in what is kept of them: their addresses may hold keys. */

import { keccak256, stringToHex } from 'viem'

/** The same for the same address, and nothing that leads back to it: sixteen digits. */
export function sourceOf(url: string): string {
  return keccak256(stringToHex(url)).slice(2, 18)
}
