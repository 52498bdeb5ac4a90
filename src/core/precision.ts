/**
 * How precise a source is, and to which side it leans, as its ticks teach it. What a price is off by
 * is put down to its age and to the source in proportion to what either may explain, so that the
 * standard deviations of all prices come to fit what they are seen to be off by.
 */

import { driftOf } from './drift.ts'
import type { Judged, Lesson } from './judgement.ts'
import type { SourceMemory } from './source-memory.ts'
import { tuning } from './tuning.ts'

export type Precision = Pick<SourceMemory, 'heard' | 'madBps' | 'biasBps'>

/** The first ticks teach as if this many had been before them, which all said what is usual. */
const firstTicks = 8

const bpsPerUnit = 10_000

/**
 * The precision after a tick; as before where it teaches nothing. Who is drifting, or far off, must
 * not teach that it is only noisy, or has always leant.
 */
export function precisionAfter(
  before: SourceMemory,
  { distanceBps, sigmaBps, isTeaching, isAgreeing }: Judged,
  { weight, scaleBps }: Pick<Lesson, 'weight' | 'scaleBps'>,
): Precision {
  const { heard, madBps, biasBps } = before
  const isDrifting = driftOf(before) > tuning.drift.silentFrom
  if (!isTeaching || isDrifting) return { heard, madBps, biasBps }

  const { mostBiasBps, teachSigmas, teachMean } = tuning.learning
  const most = teachSigmas * sigmaBps
  const ownPart = Math.min(1, madBps / sigmaBps)
  const step = Math.max(weight, 1 / (heard + firstTicks))
  const noise = Math.min(Math.abs(distanceBps), most) * teachMean * ownPart
  const lean = within(distanceBps + biasBps, most)
  const leaning = biasBps + step * ownPart * ownPart * (lean - biasBps)
  return {
    heard: heard + 1,
    madBps: boundedBps(madBps + step * (noise - madBps), scaleBps),
    biasBps: isAgreeing ? within(leaning, mostBiasBps) : biasBps,
  }
}

function boundedBps(madBps: number, scaleBps: number): number {
  const { least, mostKnown, mostInScales } = tuning.sigma
  const most = Math.max(mostKnown * bpsPerUnit, mostInScales * scaleBps)
  return Math.min(Math.max(madBps, least * bpsPerUnit), most)
}

function within(value: number, most: number): number {
  return Math.min(Math.max(value, -most), most)
}
