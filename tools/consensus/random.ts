/**
 * Randomness that is the same on every machine: a small generator (sfc32 by Chris Doty-Humphrey)
 * seeded by words, and the distributions that the worlds are made of.
 */

export type Random = {
  /** At least 0, below 1. */
  readonly uniform: () => number
  /** Mean 0, standard deviation 1. */
  readonly normal: () => number
  /** Mean 1. */
  readonly exponential: () => number
  /** Mean 0, standard deviation 1, exponential tails. */
  readonly laplace: () => number
  /** Student's t with 4 degrees of freedom, scaled to standard deviation 1: power-law tails. */
  readonly heavy: () => number
}

/** Numbers drawn before the first that is used: the seed's words are mixed by then. */
const warmUp = 20

/** Mixes words of a name with each other; distinct names give independent streams. */
export function randomOf(...name: readonly (string | number)[]): Random {
  const next = generatorOf(name.join('/'))
  const uniform = () => next() / 2 ** 32
  /** Never 0, so that its logarithm is finite. */
  const positive = () => (next() + 1) / 2 ** 32

  const exponential = () => -Math.log(positive())
  const normal = () => Math.sqrt(2 * exponential()) * Math.cos(2 * Math.PI * uniform())
  const laplace = () => (uniform() < 0.5 ? -1 : 1) * exponential() * Math.SQRT1_2
  // Chi-squared with 4 degrees of freedom is twice the sum of two exponentials; variance of t(4) is 2.
  const heavy = () => normal() / Math.sqrt(exponential() + exponential())
  return { uniform, normal, exponential, laplace, heavy }
}

/** A number between two others, evenly. */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.uniform()
}

/** `size` different whole numbers below `count`, in no order, all sets equally likely. */
export function chosen(random: Random, size: number, count: number): number[] {
  const pool = Array.from({ length: count }, (_, i) => i)
  return Array.from({ length: Math.min(size, count) }, () => {
    const at = Math.floor(random.uniform() * pool.length)
    return pool.splice(at, 1)[0] ?? 0
  })
}

/** sfc32 on four words made of a text by FNV-1a. Whole numbers of 32 bits. */
function generatorOf(text: string): () => number {
  let a = hashOf(`${text}#a`)
  let b = hashOf(`${text}#b`)
  let c = hashOf(`${text}#c`)
  let counter = 1
  const next = () => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return sum >>> 0
  }
  for (let i = 0; i < warmUp; i += 1) next()
  return next
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  return hash
}
