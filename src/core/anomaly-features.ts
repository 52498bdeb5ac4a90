/** A source's behaviour at a tick as a point of the unit cube, which the forest knows its way about. */

import {
  accordAfter,
  ageOf,
  residualOf,
  type Scene,
  type Sighting,
  type SourceTrail,
  spreadBits,
  volumeBits,
} from './source-trail.ts'

/** Coordinates of a point, in this order; each lies in [0, 1]. */
export const featureNames = [
  /** Distance from the centre: `z / (z + 6)`, z in standard deviations. 1 is 0.14, 6 is 0.5. */
  'residual',
  /** How much that distance has changed since the last tick, in standard deviations of a difference: likewise. */
  'residual-change',
  /** Age by usual age: `x / (x + 4)`. As old as usual is 0.2; a second is added to both. */
  'age',
  /** Spread by usual spread, 0.5 if alike: an eighth for each factor of two, up or down. */
  'spread',
  /** Volume by usual volume, 0.5 if alike: a tenth for each factor of two, up or down. */
  'volume',
  /** Ticks with one and the same price: `x / (x + 3)`, x by the usual run and one. */
  'run',
  /** 0 if it always moves to the side that the others move to, 1 if never, 0.5 if nobody knows. */
  'discord',
] as const

/** A residual of so many standard deviations is in the middle of its range. */
const middleZ = 6
const middleAge = 4
const middleRun = 3
const octavesOfSpread = 8
const octavesOfVolume = 10

/**
 * However precise a source is taken to be, tick sizes, fees and clocks make this much: nobody need
 * look at a source that is two basis points off. As a fraction of the price.
 */
const leastSigma = 1.5e-4

const agePaddingMs = 1_000

/**
 * The point that a sighting is, beside what its source did before. Every coordinate is a number in
 * [0, 1], whatever the sighting holds.
 */
export function featuresOf(trail: SourceTrail, sighting: Sighting, scene: Scene): number[] {
  const residual = residualOf(sighting, scene)
  const sigma = Math.max(sighting.sigma, leastSigma) || leastSigma
  const age = (ageOf(sighting, scene) + agePaddingMs) / (trail.usualAgeMs + agePaddingMs)
  const run = trail.price === sighting.price ? trail.run + 1 : 0
  return [
    saturating(Math.abs(residual) / sigma, middleZ),
    saturating(Math.abs(residual - trail.residual) / (sigma * Math.SQRT2), middleZ),
    saturating(age, middleAge),
    beside(trail.usualSpread, spreadBits(sighting), octavesOfSpread),
    beside(trail.usualVolume, volumeBits(sighting), octavesOfVolume),
    saturating(run / (trail.usualRun + 1), middleRun),
    (1 - accordAfter(trail, sighting, scene)) / 2,
  ]
}

/** From 0 at 0 by way of 0.5 at the middle towards 1. */
function saturating(value: number, middle: number): number {
  return value / (value + middle)
}

/** Both are logarithms to base 2, and 0 where nothing was said. */
function beside(usual: number, bits: number, octaves: number): number {
  if (usual === 0 || bits === 0) return 0.5
  return Math.min(Math.max(0.5 + (bits - usual) / octaves, 0), 1)
}
