/**
 * Where the half-space trees of a forest cut the unit cube: made of a seed alone, before any point is
 * seen. A tree has 255 cuts, numbered as a heap: cut 1 halves all, cut `i` leads on to `2i` and
 * `2i + 1`; after eight cuts a leaf is reached.
 */

import { seededRandom } from './seeded-random.ts'

/** Trees of a forest: the paper's figure. */
export const treeCount = 25

/**
 * Cuts on the way to a leaf. The paper has 15; a leaf costs two bytes of memory that are kept, 25
 * times, and deeper trees told odd points from ordinary ones no better (8 against 9, 2026-11-22).
 */
export const depth = 8

export const leafCount = 2 ** depth

/** Coordinates that a point may have: with more, a way of eight cuts would not look at all. */
export const maxDimensions = 8

/** A coordinate is one of so many steps: two bytes a cut, and the whole forest stays in a core's cache. */
export const coordinateSteps = 8_192

/** A cut lies between these shares of its cell: none is so thin that nothing ever falls into it. */
const cutRange = { least: 0.2, most: 0.8 } as const

export type Cuts = {
  /** What each tree's cuts of a level are along, tree after tree, `depth` each. */
  readonly along: Uint8Array
  /** The step above which the way turns up, tree after tree, `leafCount` each. */
  readonly at: Uint16Array
}

/** The last that were planted: all feeds of a house have the same, and share them in a core's cache. */
let planted: { readonly seed: number; readonly dimensions: number; readonly cuts: Cuts } | undefined

/** The cuts of all trees: the same objects as long as nobody asks for others. Not to be written to. */
export function plantedCuts(seed: number, dimensions: number): Cuts {
  if (planted?.seed !== seed || planted.dimensions !== dimensions) {
    planted = { seed, dimensions, cuts: cutsOf(seed, dimensions) }
  }
  return planted.cuts
}

/**
 * The cuts of all trees.
 *
 * It differs from the paper in two things. Every coordinate is known to lie in [0, 1], so that
 * working ranges do not go beyond it. And all cuts of a level are along one dimension, none of which
 * has a second turn before each had its first: drawn freely for each cut, a third of the trees would
 * not look at a given dimension at all.
 *
 * @param dimensions 1 to `maxDimensions`.
 */
function cutsOf(seed: number, dimensions: number): Cuts {
  const random = seededRandom(seed)
  const along = new Uint8Array(treeCount * depth)
  const at = new Uint16Array(treeCount * leafCount)
  for (let tree = 0; tree < treeCount; tree += 1) {
    const turns = turnsOf(dimensions, random)
    along.set(turns, tree * depth)
    place(at.subarray(tree * leafCount, (tree + 1) * leafCount), turns, random)
  }
  return { along, at }
}

/** Dimensions in an order drawn by chance, and from the start again when all had their turn. */
function turnsOf(dimensions: number, random: () => number): number[] {
  const order = Array.from({ length: dimensions }, (_, dimension) => dimension)
  for (let i = dimensions - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1))
    ;[order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0]
  }
  return Array.from({ length: depth }, (_, level) => order[level % dimensions] ?? 0)
}

/** Cuts every cell of a tree within its own bounds, which it has from the cuts above it. */
function place(at: Uint16Array, turns: readonly number[], random: () => number): void {
  for (let cut = 1; cut < leafCount; cut += 1) {
    const level = 31 - Math.clz32(cut)
    let low = 0
    let high = coordinateSteps - 1
    for (let above = 0; above < level; above += 1) {
      if (turns[above] !== turns[level]) continue
      const bound = at[cut >> (level - above)] ?? 0
      if (((cut >> (level - above - 1)) & 1) === 1) low = bound
      else high = bound
    }
    const share = cutRange.least + random() * (cutRange.most - cutRange.least)
    at[cut] = Math.floor(low + share * (high - low))
  }
}
