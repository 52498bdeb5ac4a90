/** A derivation path as the app reads it, and which of them the app may use. */

/** Levels as 32-bit numbers; a hardened one is `hardened` and more. */
export type Path = readonly number[]

/** What is added to the number of a hardened level. */
export const hardened = 0x8000_0000

/** The app's own bound. */
const maxLevels = 10
const levelBytes = 4

/** The path at the start of some data and what follows it; undefined if there is none. */
export function readPath(
  data: Uint8Array,
): { readonly path: Path; readonly rest: Uint8Array } | undefined {
  const [levels = 0] = data
  const endsAt = 1 + levels * levelBytes
  if (levels < 1 || levels > maxLevels || data.length < endsAt) return undefined

  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const path = Array.from({ length: levels }, (_, level) => view.getUint32(1 + level * levelBytes))
  return { path, rest: data.slice(endsAt) }
}

/** The Ethereum app derives below 44'/60' and 45' and nowhere else. */
export function isAllowed([purpose, coin]: Path): boolean {
  return purpose === hardened + 45 || (purpose === hardened + 44 && coin === hardened + 60)
}

/** A path as people write it: `m/44'/60'/0'/0/0`. */
export function pathText(path: Path): string {
  const levels = path.map((level) => (level >= hardened ? `${level - hardened}'` : `${level}`))
  return ['m', ...levels].join('/')
}
