import { describe, expect, test } from 'vitest'
import {
  maxSlots,
  type MirroredQuote,
  type MirrorMemory,
  mirrorsAfter,
  noMirrors,
  suspectedMirrors,
} from '../../../src/core/mirrors.ts'
import { seededRandom } from '../../../src/core/seeded-random.ts'

type World = {
  readonly ticks: number
  /** Least step of a price. */
  readonly step?: number
  /** Of `mirror`'s quotes, the share that are a tick behind. */
  readonly late?: number
  readonly books?: boolean
  readonly mirrored?: boolean
}

/** Four independent sources, and `mirror`, which shows the book of `s0`. */
function memoryAfter({
  ticks,
  step = 0.01,
  late = 0,
  books = true,
  mirrored = true,
}: World): MirrorMemory {
  const random = seededRandom(3)
  let price = 1_000
  let memory = noMirrors
  let before: MirroredQuote | undefined
  const quoteOf = (source: string): MirroredQuote => {
    const mid = Math.round((price + random() - 0.5) / step) * step
    return { source, price: mid, ...(books && { bid: mid - step, ask: mid + step }) }
  }
  for (let tick = 0; tick < ticks; tick += 1) {
    price += 4 * (random() - 0.5)
    const quotes = ['s0', 's1', 's2', 's3'].map(quoteOf)
    const original = quotes[0]
    const shown = random() < late ? before : original
    before = original
    const copy = mirrored && shown !== undefined ? [{ ...shown, source: 'mirror' }] : []
    memory = mirrorsAfter(memory, [...quotes, ...copy])
  }
  return memory
}

describe('suspectedMirrors', () => {
  test.each([{ books: true }, { books: false }])(
    'names the pair, and it alone ($books)',
    (world) => {
      const suspected = suspectedMirrors(memoryAfter({ ticks: 200, ...world }))
      expect(suspected).toEqual([{ sources: ['mirror', 's0'], share: 1, ticks: 199 }])
    },
  )

  test('names a mirror that is often a tick behind', () => {
    const suspected = suspectedMirrors(memoryAfter({ ticks: 400, late: 0.4 }))
    expect(suspected.map(({ sources }) => sources)).toEqual([['mirror', 's0']])
    expect(suspected[0]?.share).toBeLessThan(0.9)
  })

  test('names nobody where there is no mirror', () => {
    expect(suspectedMirrors(memoryAfter({ ticks: 1_000, mirrored: false }))).toEqual([])
  })

  test('names nobody for steps so coarse that all meet often', () => {
    const memory = memoryAfter({ ticks: 1_000, step: 5, mirrored: false })
    const shares = memory.same.map((same, pair) => same / (memory.moved[pair] ?? 1))
    expect(Math.min(...shares)).toBeGreaterThan(0.4)
    expect(suspectedMirrors(memory)).toEqual([])
  })

  test('names nobody by a few ticks, however equal', () => {
    expect(suspectedMirrors(memoryAfter({ ticks: 30 }))).toEqual([])
  })

  test('quotes that merely stand are no evidence', () => {
    let memory = noMirrors
    for (let tick = 0; tick < 500; tick += 1) {
      memory = mirrorsAfter(memory, [
        { source: 'a', price: 1 },
        { source: 'b', price: 1 },
      ])
    }
    expect(memory.moved).toEqual([0])
    expect(suspectedMirrors(memory)).toEqual([])
  })

  test('of two sources alone nine in ten are needed', () => {
    const pair = (same: number): MirrorMemory => ({
      ...noMirrors,
      slots: ['a', 'b'],
      moved: [100],
      same: [same],
    })
    expect(suspectedMirrors(pair(70))).toEqual([])
    expect(suspectedMirrors(pair(90))).toHaveLength(1)
  })
})

describe('mirrorsAfter', () => {
  test('fades: counts of a pair stay below their limit, and so does the memory', () => {
    const memory = memoryAfter({ ticks: 5_000 })
    expect(Math.max(...memory.moved)).toBeLessThan(1_000)
    expect(JSON.stringify(memory).length).toBeLessThan(1_000)
    expect(suspectedMirrors(memory)).toHaveLength(1)
  })

  test('a newcomer takes the place of the source not seen for longest, with clean counts', () => {
    const quoteOf = (name: number, tick: number) => ({ source: `x${name}`, price: 1 + tick })
    let memory = noMirrors
    for (let tick = 0; tick < 50; tick += 1) {
      const all = Array.from({ length: maxSlots }, (_, name) => quoteOf(name, tick))
      memory = mirrorsAfter(memory, tick < 49 ? all : all.slice(1))
    }
    const full = mirrorsAfter(memory, [quoteOf(maxSlots, 50)])
    expect(full.slots).toHaveLength(maxSlots)
    expect(full.slots[0]).toBe(`x${maxSlots}`)
    expect(full.moved).toHaveLength((maxSlots * (maxSlots - 1)) / 2)
    expect(full.moved[0]).toBe(0)
    expect(full.moved[2]).toBe(49)
    expect(JSON.stringify(full).length).toBeLessThan(24_000)
  })

  test('changes nothing of the memory it came from, and looks at no odd price', () => {
    const memory = memoryAfter({ ticks: 40 })
    const before = structuredClone(memory)
    const odd = [NaN, 0, -1].map((price, i) => ({ source: `odd${i}`, price }))
    const after = mirrorsAfter(memory, odd)
    expect(memory).toEqual(before)
    expect(after).toEqual({ ...before, tick: before.tick + 1 })
  })
})
