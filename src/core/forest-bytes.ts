/**
 * A forest as bytes, to be kept while nobody is awake. The cuts follow from the seed, so that only
 * the counts are written:
 *
 *     version  dimensions  seed     seen     has a reference  reference      latest
 *     1 byte   1 byte      4 bytes  2 bytes  1 byte           25 · 256 bytes 25 · 256 bytes
 */

import { leafCount, maxDimensions, treeCount } from './half-space-cuts.ts'
import { type Forest, plantedForest, windowSize, withReference } from './half-space-trees.ts'

/** Goes up whenever older bytes would be misread: with the layout, and with any change of the cuts. */
const version = 1

const headerBytes = 9
const countBytes = treeCount * leafCount

/** Length of every forest, bytes: 12 809. */
export const forestBytesLength = headerBytes + 2 * countBytes

/** A forest as `forestBytesLength` bytes. Integers are big-endian. */
export function forestBytes(forest: Forest): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(forestBytesLength)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, version)
  view.setUint8(1, forest.dimensions)
  view.setUint32(2, forest.seed)
  view.setUint16(6, forest.seen)
  view.setUint8(8, forest.reference === undefined ? 0 : 1)
  if (forest.reference !== undefined) bytes.set(forest.reference, headerBytes)
  bytes.set(forest.latest, headerBytes + countBytes)
  return bytes
}

/**
 * The forest that bytes stand for.
 *
 * @returns Undefined where they stand for none: another version, another length, counts that do not
 *   add up. What cannot be read is learnt anew; it is no reason to stop.
 */
export function forestOf(bytes: Uint8Array): Forest | undefined {
  if (bytes.length !== forestBytesLength) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const dimensions = view.getUint8(1)
  const seen = view.getUint16(6)
  const hasReference = view.getUint8(8) === 1
  if (view.getUint8(0) !== version || dimensions < 1 || dimensions > maxDimensions) return undefined

  const reference = bytes.slice(headerBytes, headerBytes + countBytes)
  const latest = bytes.slice(headerBytes + countBytes)
  if (seen >= windowSize || !holds(latest, seen)) return undefined
  if (!holds(reference, hasReference ? windowSize : 0)) return undefined

  const forest = { ...plantedForest(view.getUint32(2), dimensions), latest, seen }
  return hasReference ? withReference(forest, reference) : forest
}

/** Whether each tree has counted so many points. */
function holds(counts: Uint8Array, points: number): boolean {
  for (let root = 0; root < countBytes; root += leafCount) {
    let sum = 0
    for (let leaf = 0; leaf < leafCount; leaf += 1) sum += counts[root + leaf] ?? 0
    if (sum !== points) return false
  }
  return true
}
