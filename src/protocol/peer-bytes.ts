/**
 * Hex text that strangers sent, as bytes or as nothing: whatever cannot be read is skipped, for one
 * malformed peer must not keep anyone from reading the others.
 */

import { type Hex, hexToBytes } from 'viem'

/**
 * The bytes that a stranger's text spells.
 *
 * @returns `undefined` if the text is not `0x` and whole bytes, in any case of letters.
 */
export function peerBytes(hex: Hex): Uint8Array | undefined {
  return hex.length % 2 === 0 && /^0x[0-9a-fA-F]*$/.test(hex) ? hexToBytes(hex) : undefined
}

/** Whether the text is `0x` and exactly so many bytes. */
export function isBytes(hex: Hex, bytes: number): boolean {
  return hex.length === 2 + 2 * bytes && /^0x[0-9a-fA-F]*$/.test(hex)
}
