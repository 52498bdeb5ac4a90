import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { forestBytes, forestBytesLength, forestOf } from '../../../src/core/forest-bytes.ts'
import {
  coordinateSteps,
  depth,
  leafCount,
  plantedCuts,
  treeCount,
} from '../../../src/core/half-space-cuts.ts'
import {
  type Forest,
  learntForest,
  lonelinessOf,
  plantedForest,
  windowSize,
} from '../../../src/core/half-space-trees.ts'
import { seededRandom } from '../../../src/core/seeded-random.ts'

/** Points around 0.3 in every coordinate, within 0.05. */
function ordinaryPoints(seed: number, count: number, dimensions = 7): number[][] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () =>
    Array.from({ length: dimensions }, () => 0.25 + 0.1 * random()),
  )
}

function learntOf(seed: number, points: readonly number[][]): Forest {
  return learntForest(plantedForest(seed, 7), points)
}

describe('plantedCuts', () => {
  test('follow from the seed', () => {
    expect(plantedCuts(3, 7)).toEqual(plantedCuts(3, 7))
    expect(plantedCuts(3, 7)).not.toEqual(plantedCuts(4, 7))
  })

  test.each([1, 3, 7, 8])(
    'of %i dimensions: a way looks at each before it repeats one',
    (dimensions) => {
      const { along } = plantedCuts(11, dimensions)
      for (let tree = 0; tree < treeCount; tree += 1) {
        const turns = [...along.subarray(tree * depth, tree * depth + dimensions)]
        expect(turns.toSorted((left, right) => left - right)).toEqual(
          Array.from({ length: dimensions }, (_, i) => i),
        )
      }
    },
  )

  test('cut each cell within the bounds that the cuts above leave it', () => {
    const { along, at } = plantedCuts(5, 2)
    for (let tree = 0; tree < treeCount; tree += 1) {
      for (let cut = 1; cut < leafCount; cut += 1) {
        const level = Math.floor(Math.log2(cut))
        const [low, high] = boundsOf(
          along.subarray(tree * depth),
          at.subarray(tree * leafCount),
          cut,
        )
        expect(along[tree * depth + level]).toBeLessThan(2)
        expect(at[tree * leafCount + cut]).toBeGreaterThanOrEqual(low)
        expect(at[tree * leafCount + cut]).toBeLessThanOrEqual(high)
      }
    }
  })
})

/** By going down from the root, where the code goes up from the cut. */
function boundsOf(along: Uint8Array, at: Uint16Array, cut: number): [number, number] {
  let low = 0
  let high = coordinateSteps
  const way = cut.toString(2).slice(1)
  let cell = 1
  for (let level = 0; level < way.length; level += 1) {
    const turn = way.charAt(level)
    if (along[level] === along[way.length]) {
      if (turn === '1') low = at[cell] ?? 0
      else high = at[cell] ?? 0
    }
    cell = 2 * cell + Number(turn)
  }
  return [low, high]
}

describe('a forest', () => {
  test('finds nothing odd before its first window is complete, and then it does', () => {
    const far = Array.from({ length: 7 }, () => 0.95)
    const almost = learntOf(1, ordinaryPoints(1, windowSize - 1))
    expect(lonelinessOf(almost, far)).toBe(0)
    expect(almost.reference).toBeUndefined()

    const complete = learntForest(almost, ordinaryPoints(2, 1))
    expect(complete.seen).toBe(0)
    expect(lonelinessOf(complete, far)).toBeGreaterThan(0.8)
  })

  test('scores a gross anomaly above every ordinary point', () => {
    const forest = learntOf(1, ordinaryPoints(1, 500))
    const ordinary = ordinaryPoints(9, 1_000).map((point) => lonelinessOf(forest, point))
    for (let coordinate = 0; coordinate < 7; coordinate += 1) {
      const odd = ordinaryPoints(8, 1)[0]?.with(coordinate, 0.98) ?? []
      expect(lonelinessOf(forest, odd)).toBeGreaterThan(Math.max(...ordinary))
    }
  })

  test('forgets what is no longer seen, after a window', () => {
    const moved = ordinaryPoints(3, windowSize).map((point) => point.map((x) => x + 0.5))
    const forest = learntForest(learntOf(1, ordinaryPoints(1, windowSize)), moved)
    const [here] = moved
    const [there] = ordinaryPoints(4, 1)
    expect(lonelinessOf(forest, here ?? [])).toBeLessThan(lonelinessOf(forest, there ?? []))
  })

  test('does not depend on how points are handed over, nor changes the one it came from', () => {
    const points = ordinaryPoints(6, 613)
    const atOnce = learntOf(2, points)
    let oneByOne = plantedForest(2, 7)
    const before = forestBytes(oneByOne)
    const first = oneByOne
    for (const point of points) oneByOne = learntForest(oneByOne, [point])
    expect(forestBytes(oneByOne)).toEqual(forestBytes(atOnce))
    expect(forestBytes(first)).toEqual(before)
    expect(atOnce.seen).toBe(613 % windowSize)
  })

  test.each([
    { few: 25, isLookedInto: false },
    { few: 26, isLookedInto: true },
  ])('a cell with $few points is looked into: $isLookedInto', ({ few, isLookedInto }) => {
    // No tree cuts for the first time beyond 0.8: what lies there is in one cell, with nothing at 0.85.
    const points = Array.from({ length: windowSize }, (_, i) => [i < few ? 1 : 0])
    const forest = learntForest(plantedForest(1, 1), points)
    const differs = lonelinessOf(forest, [0.85]) !== lonelinessOf(forest, [1])
    expect(differs).toBe(isLookedInto)
  })

  test('what lies outside of the cube counts as its edge, what is no number as 0', () => {
    const forest = learntForest(plantedForest(1, 1), ordinaryPoints(1, windowSize, 1))
    for (const low of [-1, -300_000, Number.NEGATIVE_INFINITY, Number.NaN]) {
      expect(lonelinessOf(forest, [low])).toBe(lonelinessOf(forest, [0]))
    }
    for (const high of [2, 1e300, Number.POSITIVE_INFINITY]) {
      expect(lonelinessOf(forest, [high])).toBe(lonelinessOf(forest, [1]))
    }
  })

  test('property: a score is in [0, 1] for anything whatever', () => {
    const forest = learntOf(2, ordinaryPoints(6, 300))
    const anything = fc.array(fc.double(), { maxLength: 12 })
    fc.assert(
      fc.property(anything, (point) => {
        const score = lonelinessOf(learntForest(forest, [point]), point)
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('a window that lies in one leaf is not lonely at all there, and an empty cell is wholly', () => {
    const forest = learntOf(
      1,
      Array.from({ length: windowSize }, () => [0, 0, 0, 0, 0, 0, 0]),
    )
    expect(lonelinessOf(forest, [0, 0, 0, 0, 0, 0, 0])).toBeCloseTo(0, 6)
    expect(lonelinessOf(forest, [1, 1, 1, 1, 1, 1, 1])).toBe(1)
  })
})

describe('forestBytes', () => {
  test.each([0, 100, windowSize, 999])('are undone by forestOf, after %i points', (count) => {
    const forest = learntOf(0xdead_beef, ordinaryPoints(1, count))
    const bytes = forestBytes(forest)
    expect(bytes.length).toBe(forestBytesLength)
    expect(forestOf(bytes)).toEqual(forest)
  })

  test('are read from the middle of a buffer too', () => {
    const forest = learntOf(1, ordinaryPoints(1, 300))
    const padded = new Uint8Array(forestBytesLength + 7)
    padded.set(forestBytes(forest), 5)
    expect(forestOf(padded.subarray(5, 5 + forestBytesLength))).toEqual(forest)
  })

  test.each([
    { name: 'cut short', spoil: (bytes: Uint8Array) => bytes.subarray(1) },
    { name: 'another version', spoil: (bytes: Uint8Array) => bytes.with(0, 2) },
    { name: 'no dimension', spoil: (bytes: Uint8Array) => bytes.with(1, 0) },
    { name: 'too many dimensions', spoil: (bytes: Uint8Array) => bytes.with(1, 9) },
    { name: 'a window that is overfull', spoil: (bytes: Uint8Array) => bytes.with(7, windowSize) },
    { name: 'one count wrong', spoil: (bytes: Uint8Array) => bytes.with(9, (bytes[9] ?? 0) + 1) },
    { name: 'no reference by its flag', spoil: (bytes: Uint8Array) => bytes.with(8, 0) },
  ])('stand for nothing: $name', ({ spoil }) => {
    expect(forestOf(spoil(forestBytes(learntOf(1, ordinaryPoints(1, 300)))))).toBeUndefined()
  })
})
