/** UUIDs: sixteen bytes, of which six bits say version and variant, and how they are written. */

const uuidBytes = 16

/**
 * The UUID that is made of some bytes: random ones for version 4, those of a hash for version 5.
 *
 * @param bytes At least 16; the first 16 are taken.
 * @throws {RangeError} if there are fewer.
 * @see https://www.rfc-editor.org/rfc/rfc9562#name-uuid-layouts
 */
export function uuidOf(bytes: Uint8Array, version: 4 | 5): string {
  if (bytes.length < uuidBytes) throw new RangeError(`${bytes.length} bytes make no UUID.`)
  const hex = Array.from(bytes.subarray(0, uuidBytes), (byte, i) => {
    if (i === 6) return hexOf((byte & 0x0f) | (version << 4))
    if (i === 8) return hexOf((byte & 0x3f) | 0x80)
    return hexOf(byte)
  }).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function hexOf(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
