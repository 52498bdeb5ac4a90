import { describe, expect, test } from 'vitest'
import {
  at,
  epochMs,
  isFreeze,
  sightingsAt,
  sightingsPerEpoch,
  type Tape,
  tapeStartMs,
} from '../../../../tools/consensus/tape.ts'
import { offBps } from '../../../../tools/consensus/scoring.ts'
import { tapeOfWorldT } from '../../../../tools/consensus/world-t.ts'
import { tapeOfWorldU } from '../../../../tools/consensus/world-u.ts'
import { tapeOfWorldV } from '../../../../tools/consensus/world-v.ts'

const worlds = [
  { world: 'T', tapeOf: tapeOfWorldT },
  { world: 'U', tapeOf: tapeOfWorldU },
  { world: 'V', tapeOf: tapeOfWorldV },
]

/** |ln price/truth| in bps of every quote, by source. */
function errorsOf(tape: Tape): number[][] {
  return Array.from({ length: tape.sources }, (_, source) =>
    Array.from(tape.truth, (truth, sighting) =>
      offBps(at(tape.price, sighting * tape.sources + source), truth),
    ),
  )
}

const middle = (values: readonly number[]) =>
  values.toSorted((left, right) => left - right)[values.length >> 1] ?? Number.NaN

describe.each(worlds)('world $world', ({ tapeOf }) => {
  test('is the same for the same seed, to the last bit', () => {
    expect(tapeOf(3, 5, 20)).toEqual(tapeOf(3, 5, 20))
  })

  test('is another for another seed', () => {
    expect(tapeOf(3, 5, 20).price).not.toEqual(tapeOf(4, 5, 20).price)
  })

  test('is seen four times an epoch, last at the freeze', () => {
    const { atMs } = tapeOf(1, 3, 2)
    const offsets = Array.from(atMs, (instant) => instant - tapeStartMs)
    expect(offsets).toEqual([0, 30_000, 60_000, 72_000, 90_000, 120_000, 150_000, 162_000])
    expect(offsets.filter((_, sighting) => isFreeze(sighting))).toEqual([72_000, 162_000])
    expect(tapeStartMs % epochMs).toBe(0)
  })

  test('shows positive prices and volumes, dated in the past', () => {
    const tape = tapeOf(2, 6, 50)
    expect(tape.price.every((price) => price > 0 && Number.isFinite(price))).toBe(true)
    expect(tape.volume.every((volume) => volume > 0)).toBe(true)
    tape.observedAtMs.forEach((observedAtMs, cell) => {
      expect(observedAtMs).toBeLessThanOrEqual(at(tape.atMs, Math.floor(cell / 6)))
    })
  })

  test('has honest sources near the truth', () => {
    for (const errors of errorsOf(tapeOf(5, 6, 100))) expect(middle(errors)).toBeLessThan(15)
  })

  test('moves, and not by leaps', () => {
    const { truth } = tapeOf(6, 3, 100)
    const steps = Array.from(truth.slice(1), (price, i) => offBps(price, at(truth, i)))
    expect(middle(steps)).toBeGreaterThan(0.5)
    expect(Math.max(...steps)).toBeLessThan(500)
  })

  test('says of each source what error it has, and every source has its own', () => {
    const { statedErrorBps } = tapeOf(7, 6, 5)
    expect(new Set(statedErrorBps).size).toBe(6)
    expect(statedErrorBps.every((error) => error > 0 && error < 10)).toBe(true)
  })

  test('gives quotes to read, a source each, and none for one that shows nothing', () => {
    const tape = tapeOf(8, 3, 5)
    tape.price[1] = Number.NaN
    const [first, second] = sightingsAt(tape, 0)
    expect(sightingsAt(tape, 0).map(({ source }) => source)).toEqual(['s00', 's02'])
    expect(first?.price).toBe(tape.price[0])
    expect(second?.observedAtMs).toBe(tape.observedAtMs[2])
    expect(sightingsAt(tape, 1).map(({ source }) => source)).toEqual(['s00', 's01', 's02'])
  })
})

test('in world T the first source trades most often and the last seldom', () => {
  const tape = tapeOfWorldT(1, 6, 200)
  const agesOf = (source: number) =>
    Array.from(tape.atMs, (atMs, sighting) => atMs - at(tape.observedAtMs, sighting * 6 + source))
  expect(middle(agesOf(0))).toBeLessThanOrEqual(1_000)
  expect(middle(agesOf(5))).toBeGreaterThan(5_000)
})

test('in world T a day of prices varies by about 70 % a year', () => {
  let squares = 0
  let seconds = 0
  for (let seed = 1; seed <= 12; seed += 1) {
    const { truth } = tapeOfWorldT(seed, 3, 200)
    for (let epoch = 1; epoch < 200; epoch += 1) {
      const from = at(truth, (epoch - 1) * sightingsPerEpoch)
      squares += Math.log(at(truth, epoch * sightingsPerEpoch) / from) ** 2
      seconds += 90
    }
  }
  const perYear = Math.sqrt((squares / seconds) * 31_557_600)
  expect(perYear).toBeGreaterThan(0.55)
  expect(perYear).toBeLessThan(1)
})

test('in world U venues date their quotes in different ways', () => {
  const tape = tapeOfWorldU(1, 20, 50)
  const freshest = Array.from({ length: 20 }, (_, source) =>
    Math.max(
      ...Array.from(
        tape.atMs,
        (atMs, sighting) => atMs - at(tape.observedAtMs, sighting * 20 + source),
      ),
    ),
  )
  expect(freshest.some((age) => age === 0)).toBe(true)
  expect(freshest.some((age) => age > 0 && age <= 3_000)).toBe(true)
  expect(freshest.some((age) => age > 10_000)).toBe(true)
})

test('in world U prices have heavier tails than normal ones', () => {
  let fourth = 0
  let second = 0
  let count = 0
  for (let seed = 1; seed <= 6; seed += 1) {
    const { truth } = tapeOfWorldU(seed, 3, 200)
    for (let sighting = 1; sighting < truth.length; sighting += 1) {
      const move = Math.log(at(truth, sighting) / at(truth, sighting - 1))
      second += move ** 2
      fourth += move ** 4
      count += 1
    }
  }
  expect(fourth / count / (second / count) ** 2).toBeGreaterThan(4)
})

test('in world V the prices of a venue stand on whole ticks', () => {
  const tape = tapeOfWorldV(2, 5, 300)
  const logs = Array.from(tape.truth, (_, sighting) => Math.log(at(tape.price, sighting * 5)))
  const distinct = [...new Set(logs)].sort((left, right) => left - right)
  const gaps = distinct.slice(1).map((log, i) => log - (distinct[i] ?? 0))
  const tick = Math.min(...gaps.filter((gap) => gap > 1e-9))
  expect(tick).toBeGreaterThan(0.19e-4)
  for (const gap of gaps) expect(Math.abs(gap / tick - Math.round(gap / tick))).toBeLessThan(0.01)
})

test('in world V a ticker is as old as its last refresh', () => {
  const tape = tapeOfWorldV(3, 20, 100)
  const ages = Array.from(tape.price, (_, cell) => cell)
    .filter((cell) => tape.observedKind[cell % 20] === 'ticker')
    .map((cell) => at(tape.atMs, Math.floor(cell / 20)) - at(tape.observedAtMs, cell))
  expect(Math.max(...ages)).toBeGreaterThan(1_000)
  expect(Math.max(...ages)).toBeLessThanOrEqual(6_500)
})
