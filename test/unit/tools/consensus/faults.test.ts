import { describe, expect, test } from 'vitest'
import {
  blockEpochs,
  type Fault,
  faults,
  type FaultyTape,
  isFaultyEpoch,
  warmUpEpochs,
  withFault,
} from '../../../../tools/consensus/faults.ts'
import { at, sightingsPerEpoch } from '../../../../tools/consensus/tape.ts'
import { tapeOfWorldT } from '../../../../tools/consensus/world-t.ts'

const sources = 6
const epochs = 60
const clean = tapeOfWorldT(1, sources, epochs)
const firstBlock = warmUpEpochs * sightingsPerEpoch

type Cell = { readonly cell: number; readonly sighting: number; readonly source: number }

/** Cells that differ from the clean tape's in price, date or volume. */
function spoiltCells(tape: FaultyTape): Cell[] {
  return Array.from(tape.price, (price, cell) => ({ price, cell }))
    .filter(
      ({ price, cell }) =>
        !Object.is(price, clean.price[cell]) ||
        tape.observedAtMs[cell] !== clean.observedAtMs[cell] ||
        tape.volume[cell] !== clean.volume[cell],
    )
    .map(({ cell }) => ({
      cell,
      sighting: Math.floor(cell / sources),
      source: cell % sources,
    }))
}

const epochOf = ({ sighting }: Cell) => Math.floor(sighting / sightingsPerEpoch)
const ratio = (tape: FaultyTape, { cell }: Cell) => at(tape.price, cell) / at(clean.price, cell)
const inFirstBlock = (cell: Cell) => epochOf(cell) < warmUpEpochs + blockEpochs

describe.each(faults.filter((fault) => fault !== 'none'))('%s', (fault: Fault) => {
  test('comes on in alternate blocks of epochs, after the warm-up, on so many sources at a time', () => {
    const tape = withFault(clean, fault, 2, 1)
    const spoilt = spoiltCells(tape)
    expect(spoilt.length).toBeGreaterThan(100)
    expect(spoilt.every((cell) => isFaultyEpoch(epochOf(cell)))).toBe(true)
    const block = spoilt.filter(inFirstBlock)
    expect(new Set(block.map(({ source }) => source)).size).toBe(2)
  })

  test('leaves the clean tape as it was, and is the same for the same seed', () => {
    const before = clean.price.slice()
    const tape = withFault(clean, fault, 2, 1)
    expect(clean.price).toEqual(before)
    expect(withFault(clean, fault, 2, 1)).toEqual(tape)
    expect(withFault(clean, fault, 2, 2).price).not.toEqual(tape.price)
  })

  test('marks what it has made wrong and nothing else', () => {
    const tape = withFault(clean, fault, 2, 1)
    const spoilt = new Set(spoiltCells(tape).map(({ cell }) => cell))
    const marked = [...tape.isFaulty.keys()].filter((cell) => tape.isFaulty[cell] === 1)
    if (fault === 'missing' || fault === 'mirror-honest') expect(marked).toEqual([])
    else for (const cell of spoilt) expect(tape.isFaulty[cell]).toBe(1)
  })
})

test('none changes nothing', () => {
  expect(spoiltCells(withFault(clean, 'none', 2, 1))).toEqual([])
})

test('faulty epochs are ten on and ten off, from the end of the warm-up', () => {
  const faulty = Array.from({ length: 60 }, (_, epoch) => epoch).filter(isFaultyEpoch)
  expect(faulty).toEqual([...range(10, 20), ...range(30, 40), ...range(50, 60)])
})

test('missing: a source shows nothing', () => {
  const tape = withFault(clean, 'missing', 2, 1)
  expect(spoiltCells(tape).every(({ cell }) => Number.isNaN(at(tape.price, cell)))).toBe(true)
})

test('stale: price and date stay as the block began', () => {
  const tape = withFault(clean, 'stale', 1, 1)
  const cells = spoiltCells(tape).filter(inFirstBlock)
  const source = cells[0]?.source ?? Number.NaN
  for (const { cell } of cells) {
    expect(tape.price[cell]).toBe(clean.price[firstBlock * sources + source])
    expect(tape.observedAtMs[cell]).toBe(clean.observedAtMs[firstBlock * sources + source])
  }
})

test('stale with fresh stamps: the price stays, the dates go on', () => {
  const tape = withFault(clean, 'stale-fresh-stamp', 1, 1)
  const cells = spoiltCells(tape).filter(inFirstBlock)
  const source = cells[0]?.source ?? Number.NaN
  for (const { cell } of cells) {
    expect(tape.price[cell]).toBe(clean.price[firstBlock * sources + source])
    expect(tape.volume[cell]).toBe(clean.volume[firstBlock * sources + source])
  }
  expect(tape.observedAtMs).toEqual(clean.observedAtMs)
})

test('fat finger: 2 to 30 % off either way, now and then', () => {
  const tape = withFault(clean, 'fat-finger', 2, 1)
  const cells = spoiltCells(tape)
  const off = cells.map((cell) => ratio(tape, cell) - 1)
  for (const error of off) {
    expect(Math.abs(error)).toBeGreaterThanOrEqual(0.02 - 1e-12)
    expect(Math.abs(error)).toBeLessThan(0.3)
  }
  expect(off.some((error) => error > 0) && off.some((error) => error < 0)).toBe(true)
  const possible = 3 * blockEpochs * sightingsPerEpoch * 2
  expect(cells.length).toBeGreaterThan(possible * 0.4)
  expect(cells.length).toBeLessThan(possible * 0.6)
})

test('decimal shift: a power of ten, the same for a block', () => {
  const tape = withFault(clean, 'decimal-shift', 2, 1)
  for (const cell of spoiltCells(tape)) {
    expect(Math.abs(Math.log10(ratio(tape, cell)))).toSatisfy(
      (power: number) => Math.abs(power - 1) < 1e-9 || Math.abs(power - 2) < 1e-9,
    )
  }
  const block = spoiltCells(tape).filter(inFirstBlock)
  expect(new Set(block.map((cell) => ratio(tape, cell).toFixed(6))).size).toBe(1)
})

test('drift: 20 bps an epoch, one way, together', () => {
  const tape = withFault(clean, 'drift', 2, 1)
  const block = spoiltCells(tape).filter(inFirstBlock)
  const sign = Math.sign(ratio(tape, block[0] ?? aCell) - 1)
  for (const cell of block) {
    const epochsIn = (cell.sighting - firstBlock + 1) / sightingsPerEpoch
    expect(ratio(tape, cell) - 1).toBeCloseTo(sign * 20e-4 * epochsIn, 10)
  }
})

test.each(['offset', 'offset-volume'] as const)('%s: 0.4 to 3 % off together', (fault) => {
  const tape = withFault(clean, fault, 2, 1)
  const block = spoiltCells(tape).filter(inFirstBlock)
  const ratios = new Set(block.map((cell) => ratio(tape, cell).toFixed(9)))
  expect(ratios.size).toBe(1)
  for (const cell of spoiltCells(tape)) {
    expect(Math.abs(ratio(tape, cell) - 1)).toBeGreaterThan(0.004 - 1e-12)
    expect(Math.abs(ratio(tape, cell) - 1)).toBeLessThan(0.03)
    const volumes = at(tape.volume, cell.cell) / at(clean.volume, cell.cell)
    expect(volumes).toBeCloseTo(fault === 'offset' ? 1 : 100, 9)
  }
})

test('mirroring liars say one price and one date, 0.2 to 1 % off', () => {
  const tape = withFault(clean, 'mirror-liars', 2, 1)
  const bySighting = Map.groupBy(spoiltCells(tape), ({ sighting }) => sighting)
  for (const cells of bySighting.values()) {
    expect(new Set(cells.map(({ cell }) => tape.price[cell])).size).toBe(1)
    expect(new Set(cells.map(({ cell }) => tape.observedAtMs[cell])).size).toBe(1)
    const off = cells.map((cell) => Math.abs(ratio(tape, cell) - 1))
    expect(Math.min(...off)).toBeGreaterThan(0.0005)
    expect(Math.max(...off)).toBeLessThan(0.015)
  }
})

test('honest mirrors say what one honest source says', () => {
  const tape = withFault(clean, 'mirror-honest', 2, 1)
  for (const { cell, sighting } of spoiltCells(tape)) {
    const honest = Array.from({ length: sources }, (_, source) =>
      at(clean.price, sighting * sources + source),
    )
    expect(honest).toContain(tape.price[cell])
  }
})

const aCell: Cell = { cell: 0, sighting: 0, source: 0 }

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}
