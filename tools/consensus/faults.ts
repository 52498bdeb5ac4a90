/**
 * What can be wrong with sources: ten faults, put on a clean tape in alternate blocks of epochs, on
 * sources that are drawn anew for each block.
 */

import { between, chosen, type Random, randomOf } from './random.ts'
import { at, sightingsPerEpoch, type Tape } from './tape.ts'

export const faults = [
  'none',
  'missing',
  'stale',
  'stale-fresh-stamp',
  'fat-finger',
  'decimal-shift',
  'drift',
  'offset',
  'offset-volume',
  'mirror-liars',
  'mirror-honest',
] as const

export type Fault = (typeof faults)[number]

/** A tape on which something is wrong. */
export type FaultyTape = Tape & {
  readonly fault: Fault
  /** 1 where the cell's quote is one of the fault's. Honest mirrors are marked nowhere. */
  readonly isFaulty: Uint8Array
}

/** Epochs without a fault at the start, in which an engine learns and nothing is scored. */
export const warmUpEpochs = 10

/** Epochs that a fault lasts, and then is absent. */
export const blockEpochs = 10

/** How wrong the faults are. */
const fatFinger = { chance: 0.5, least: 0.02, most: 0.3 }
const decimalShifts = [0.01, 0.1, 10, 100] as const
const driftPerEpoch = 20e-4
const offset = { least: 0.004, most: 0.03 }
const spoofedVolumes = 100
const mirroredLie = { least: 0.002, most: 0.01 }

/** What one block does to one cell. */
type Block = {
  readonly tape: FaultyTape
  readonly clean: Tape
  readonly sources: readonly number[]
  readonly fromSighting: number
  /** Which way and how far the sources of this block are off together: a fraction. */
  readonly lie: number
  readonly shift: number
  readonly random: Random
}

type Cell = { readonly cell: number; readonly source: number; readonly sighting: number }

/**
 * A tape with a fault on `count` sources. The clean one stays as it is; the same name and seed give
 * the same faults.
 */
export function withFault(clean: Tape, fault: Fault, count: number, seed: number): FaultyTape {
  const random = randomOf('fault', fault, clean.sources, count, seed)
  const tape: FaultyTape = {
    ...clean,
    fault,
    price: clean.price.slice(),
    observedAtMs: clean.observedAtMs.slice(),
    volume: clean.volume.slice(),
    isFaulty: new Uint8Array(clean.price.length),
  }
  if (fault === 'none') return tape
  for (let epoch = warmUpEpochs; epoch < clean.epochs; epoch += 2 * blockEpochs) {
    const fromSighting = epoch * sightingsPerEpoch
    const untilSighting = Math.min(epoch + blockEpochs, clean.epochs) * sightingsPerEpoch
    const sources = chosen(random, count + extraSources(fault), clean.sources)
    const block = { tape, clean, sources, fromSighting, ...drawn(fault, random), random }
    for (let sighting = fromSighting; sighting < untilSighting; sighting += 1) {
      for (const source of sources) {
        spoil(block, { cell: sighting * clean.sources + source, source, sighting })
      }
    }
  }
  return tape
}

/** Whether the fault is in force in an epoch. */
export function isFaultyEpoch(epoch: number): boolean {
  return epoch >= warmUpEpochs && Math.floor((epoch - warmUpEpochs) / blockEpochs) % 2 === 0
}

/** Honest mirrors copy one who is honest as well; he is drawn with them, and first. */
function extraSources(fault: Fault): number {
  return fault === 'mirror-honest' ? 1 : 0
}

function drawn(fault: Fault, random: Random): Pick<Block, 'lie' | 'shift'> {
  const { least, most } = fault === 'mirror-liars' ? mirroredLie : offset
  const sign = random.uniform() < 0.5 ? -1 : 1
  const lie = sign * between(random, least, most)
  const shift = decimalShifts[Math.floor(random.uniform() * decimalShifts.length)] ?? 10
  return { lie, shift }
}

const spoilers: Readonly<Record<Fault, (block: Block, cell: Cell) => void>> = {
  none: () => undefined,
  missing: (block, { cell }) => {
    block.tape.price[cell] = Number.NaN
  },
  stale: (block, { cell, source }) => {
    freeze(block, cell, source)
    const frozen = block.fromSighting * block.clean.sources + source
    block.tape.observedAtMs[cell] = at(block.clean.observedAtMs, frozen)
  },
  'stale-fresh-stamp': (block, { cell, source }) => freeze(block, cell, source),
  'fat-finger': (block, { cell }) => {
    if (block.random.uniform() >= fatFinger.chance) return
    const sign = block.random.uniform() < 0.5 ? -1 : 1
    scale(block, cell, 1 + sign * between(block.random, fatFinger.least, fatFinger.most))
  },
  'decimal-shift': (block, { cell }) => scale(block, cell, block.shift),
  drift: (block, { cell, sighting }) => {
    const epochs = (sighting - block.fromSighting + 1) / sightingsPerEpoch
    scale(block, cell, 1 + Math.sign(block.lie) * driftPerEpoch * epochs)
  },
  offset: (block, { cell }) => scale(block, cell, 1 + block.lie),
  'offset-volume': (block, { cell }) => {
    scale(block, cell, 1 + block.lie)
    block.tape.volume[cell] = at(block.clean.volume, cell) * spoofedVolumes
  },
  'mirror-liars': (block, { cell, sighting }) => {
    copyOfFirst(block, cell, sighting)
    scale(block, cell, 1 + block.lie)
  },
  'mirror-honest': (block, { cell, sighting }) => copyOfFirst(block, cell, sighting),
}

function spoil(block: Block, cell: Cell): void {
  spoilers[block.tape.fault](block, cell)
}

/** Price and volume that the source showed as the block began. */
function freeze({ tape, clean, fromSighting }: Block, cell: number, source: number): void {
  const frozen = fromSighting * clean.sources + source
  tape.price[cell] = at(clean.price, frozen)
  tape.volume[cell] = at(clean.volume, frozen)
  tape.isFaulty[cell] = 1
}

function scale({ tape }: Block, cell: number, factor: number): void {
  tape.price[cell] = at(tape.price, cell) * factor
  tape.isFaulty[cell] = 1
}

/** Price and date of the block's first source, to the last digit. */
function copyOfFirst({ tape, clean, sources }: Block, cell: number, sighting: number): void {
  const copied = sighting * clean.sources + (sources[0] ?? 0)
  tape.price[cell] = at(clean.price, copied)
  tape.observedAtMs[cell] = at(clean.observedAtMs, copied)
}
