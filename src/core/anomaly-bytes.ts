/**
 * What the detector has learnt as bytes, to survive an eviction:
 *
 *     version  forest        tally               trails, each
 *     1 byte   12 809 bytes  total, 128 counts   length of the name, name, ten numbers
 *                            2 bytes each        1 byte, 2 bytes a letter, 8 bytes each
 *
 * With twenty sources that is 15 KB, and never more than 51 KB. Integers are big-endian.
 */

import { featureNames } from './anomaly-features.ts'
import { type AnomalyMemory, maxTrails } from './anomaly.ts'
import { forestBytes, forestBytesLength, forestOf } from './forest-bytes.ts'
import { binCount, type ScoreTally } from './score-tally.ts'
import type { SourceTrail } from './source-trail.ts'

/** Goes up with the layout, and with any change of what a feature or a score means. */
const version = 1

/** Longer names than this are forgotten: a byte holds their length. */
const longestName = 255

/** The order in which a trail is written. */
const trailFields = [
  'seenAtMs',
  'price',
  'centre',
  'residual',
  'run',
  'usualRun',
  'usualAgeMs',
  'usualVolume',
  'usualSpread',
  'accord',
] as const satisfies readonly (keyof SourceTrail)[]

const tallyAt = 1 + forestBytesLength
const trailsAt = tallyAt + 2 + 2 * binCount
const trailBytes = 8 * trailFields.length

/** The memory as bytes. */
export function anomalyBytes({ forest, tally, trails }: AnomalyMemory): Uint8Array<ArrayBuffer> {
  const written = [...trails].filter(([name]) => name.length <= longestName)
  const names = written.reduce((length, [name]) => length + 1 + 2 * name.length, 0)
  const bytes = new Uint8Array(trailsAt + names + written.length * trailBytes)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, version)
  bytes.set(forestBytes(forest), 1)
  view.setUint16(tallyAt, tally.total)
  tally.counts.forEach((count, bin) => view.setUint16(tallyAt + 2 + 2 * bin, count))

  let at = trailsAt
  for (const [name, trail] of written) {
    view.setUint8(at, name.length)
    for (let i = 0; i < name.length; i += 1) view.setUint16(at + 1 + 2 * i, name.charCodeAt(i))
    at += 1 + 2 * name.length
    trailFields.forEach((field, i) => view.setFloat64(at + 8 * i, trail[field]))
    at += trailBytes
  }
  return bytes
}

/**
 * The memory that bytes stand for.
 *
 * @returns Undefined where they stand for none: another version, or cut short. What cannot be read is
 *   learnt anew; it is no reason to stop.
 */
export function anomalyMemoryOf(bytes: Uint8Array): AnomalyMemory | undefined {
  if (bytes.length < trailsAt || bytes[0] !== version) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const forest = forestOf(bytes.subarray(1, tallyAt))
  const tally = tallyOf(view)
  const trails = trailsOf(view)
  if (forest?.dimensions !== featureNames.length) return undefined
  return tally === undefined || trails === undefined ? undefined : { forest, tally, trails }
}

function tallyOf(view: DataView): ScoreTally | undefined {
  const total = view.getUint16(tallyAt)
  const counts = Uint16Array.from({ length: binCount }, (_, bin) =>
    view.getUint16(tallyAt + 2 + 2 * bin),
  )
  return counts.reduce((sum, count) => sum + count, 0) === total ? { counts, total } : undefined
}

function trailsOf(view: DataView): ReadonlyMap<string, SourceTrail> | undefined {
  const trails = new Map<string, SourceTrail>()
  let at = trailsAt
  while (at < view.byteLength && trails.size < maxTrails) {
    const numbersAt = at + 1 + 2 * view.getUint8(at)
    if (numbersAt + trailBytes > view.byteLength) return undefined
    let name = ''
    for (let i = at + 1; i < numbersAt; i += 2) name += String.fromCharCode(view.getUint16(i))
    const trail = trailOf(view, numbersAt)
    if (trail === undefined) return undefined
    trails.set(name, trail)
    at = numbersAt + trailBytes
  }
  return at === view.byteLength ? trails : undefined
}

function trailOf(view: DataView, at: number): SourceTrail | undefined {
  const read = (field: keyof SourceTrail) => view.getFloat64(at + 8 * trailFields.indexOf(field))
  const trail = {
    seenAtMs: read('seenAtMs'),
    price: read('price'),
    centre: read('centre'),
    residual: read('residual'),
    run: read('run'),
    usualRun: read('usualRun'),
    usualAgeMs: read('usualAgeMs'),
    usualVolume: read('usualVolume'),
    usualSpread: read('usualSpread'),
    accord: read('accord'),
  }
  return Object.values(trail).some(Number.isNaN) ? undefined : trail
}
