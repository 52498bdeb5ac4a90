/** A small generator of numbers that look random: the same for the same seed on every machine. */

/** Spreads seeds that lie close together over all 32 bits: 2^32 by the golden ratio, odd. */
const spread = 0x9e37_79b9

/** Numbers thrown away at the start, until a seed of few bits has reached them all. */
const warmUp = 8

const range = 2 ** 32

/**
 * Numbers in [0, 1) with 32 bits each, by the shift register of Marsaglia with the shifts 13, 17, 5.
 * For structures and simulations, never for secrets.
 *
 * @param seed A whole number; those that differ in their lower 32 bits have streams of their own.
 * @see https://doi.org/10.18637/jss.v008.i14
 */
export function seededRandom(seed: number): () => number {
  // The register must not be empty: it would stay so. Seed 0 has the stream of another, far off.
  let state = Math.imul(seed, spread) || 0x6d2b_79f5
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / range
  }
  for (let i = 0; i < warmUp; i += 1) next()
  return next
}

/** A seed by a name, 32 bits: the hash of Fowler, Noll and Vo (FNV-1a) over its UTF-16 units. */
export function seedOf(name: string): number {
  let hash = 0x811c_9dc5
  for (let i = 0; i < name.length; i += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x0100_0193)
  }
  return hash >>> 0
}
