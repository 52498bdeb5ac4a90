/**
 * Chance that can be repeated: a seeded stream for making the tape, and a hash for the small
 * differences between venues, which needs no state. The same words give the same numbers anywhere.
 */

export type Random = {
  /** Uniform in [0, 1). */
  readonly uniform: () => number
  /** Mean 0, standard deviation 1. */
  readonly normal: () => number
}

/** A stream of its own for each seed (mulberry32). */
export function randomOf(seed: string): Random {
  let state = hash(seed)

  function uniform(): number {
    state = (state + 0x6d_2b_79_f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  // The sum of twelve uniforms: sums only, so every machine rounds it alike, which a tape that is
  // compared byte by byte needs. Its thin tails are made up for by volatility that wanders.
  function normal(): number {
    let sum = -6
    for (let i = 0; i < 12; i++) sum += uniform()
    return sum
  }

  return { uniform, normal }
}

/** A number in [-1, 1) that belongs to a seed and a counter: the same each time it is asked for. */
export function jitter(seed: number, counter: number): number {
  let mixed = Math.imul(seed ^ Math.floor(counter / 2 ** 32), 0x85_eb_ca_6b)
  mixed = Math.imul((mixed ^ (mixed >>> 15)) + (counter | 0), 0xc2_b2_ae_35)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0x27_d4_eb_2f)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 31 - 1
}

/** A 32-bit number for a text (FNV-1a). */
export function hash(text: string): number {
  let value = 0x81_1c_9d_c5
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01_00_01_93)
  }
  return value >>> 0
}
