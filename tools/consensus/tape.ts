/**
 * A tape: what sources showed of one feed at each sighting, beside the truth that only a simulator
 * knows. Flat arrays, so that hours of twenty sources are one quick loop.
 */

import type { ObservedKind } from '../../src/core/quote.ts'

/** A quote as engine and peers alike are given it. */
export type Sighting = {
  readonly source: string
  readonly price: number
  /** Base units, as the source claims them. */
  readonly volume: number
  /** What the source says of its age, Unix milliseconds. */
  readonly observedAtMs: number
  readonly observedKind: ObservedKind
  /** What the source says of its own error, bps: the confidence that a Pyth publisher states. */
  readonly statedErrorBps: number
}

/** Cells are `[sighting × sources + source]`. */
export type Tape = {
  readonly sources: number
  readonly epochs: number
  /** The instantaneous true price at each sighting. */
  readonly truth: Float64Array
  readonly atMs: Float64Array
  /** NaN where a source shows nothing. */
  readonly price: Float64Array
  readonly observedAtMs: Float64Array
  readonly volume: Float64Array
  /** One a source. */
  readonly statedErrorBps: Float64Array
  /** How each source dates its quotes. */
  readonly observedKind: ObservedKind[]
}

export const epochMs = 90_000

/**
 * Instants of an epoch at which quotes are polled, milliseconds from its start: three ticks, from
 * which the engine learns, and the poll of the freeze, which is scored and not learnt.
 */
export const sightingOffsetsMs: readonly number[] = [0, 30_000, 60_000, 72_000]

export const sightingsPerEpoch = sightingOffsetsMs.length

/** An instant that begins an epoch; nothing else about it matters. */
export const tapeStartMs = 1_800_000_000_000

/** The instant of each sighting of a tape, Unix milliseconds. */
export function sightingInstants(epochs: number): Float64Array {
  return Float64Array.from({ length: epochs * sightingsPerEpoch }, (_, sighting) => {
    const epoch = Math.floor(sighting / sightingsPerEpoch)
    return tapeStartMs + epoch * epochMs + (sightingOffsetsMs[sighting % sightingsPerEpoch] ?? 0)
  })
}

/** Whether a sighting is the poll of a freeze: the last of its epoch. */
export function isFreeze(sighting: number): boolean {
  return sighting % sightingsPerEpoch === sightingsPerEpoch - 1
}

/** An empty tape, for a world to write on. */
export function blankTape(sources: number, epochs: number): Tape {
  const sightings = epochs * sightingsPerEpoch
  return {
    sources,
    epochs,
    truth: new Float64Array(sightings),
    atMs: sightingInstants(epochs),
    price: new Float64Array(sightings * sources),
    observedAtMs: new Float64Array(sightings * sources),
    volume: new Float64Array(sightings * sources),
    statedErrorBps: new Float64Array(sources),
    observedKind: Array.from({ length: sources }, () => 'trade'),
  }
}

/** A cell of a flat array. Outside of it NaN, which spoils whatever is made of it. */
export function at(values: Float64Array, index: number): number {
  return values[index] ?? Number.NaN
}

/** The quotes of a sighting, of the sources that show one. */
export function sightingsAt(tape: Tape, sighting: number): Sighting[] {
  const seen: Sighting[] = []
  for (let source = 0; source < tape.sources; source += 1) {
    const cell = sighting * tape.sources + source
    const price = at(tape.price, cell)
    if (Number.isNaN(price)) continue
    seen.push({
      source: sourceName(source),
      price,
      volume: at(tape.volume, cell),
      observedAtMs: at(tape.observedAtMs, cell),
      observedKind: tape.observedKind[source] ?? 'received',
      statedErrorBps: at(tape.statedErrorBps, source),
    })
  }
  return seen
}

/** Names in the order of the sources. */
export function sourceName(source: number): string {
  return `s${String(source).padStart(2, '0')}`
}
