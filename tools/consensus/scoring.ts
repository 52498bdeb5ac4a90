/**
 * Scores: how far a method's answers were from the truth, whom it called wrong, and how often its
 * interval held the truth.
 */

import { type FaultyTape, warmUpEpochs } from './faults.ts'
import type { Answer } from './peers.ts'
import { at, sightingsPerEpoch, sourceName } from './tape.ts'

/** A quote this far off is one that should be detected. Bps. */
const wrongFromBps = 10

/** What is counted as answers come in. Rounds of several tapes add up. */
export type Tally = {
  /** |error| of each round in bps; infinite where there was no price. */
  readonly errorsBps: number[]
  /** Rounds with a price and an interval, and those whose interval held the truth. */
  intervals: number
  covered: number
  rounds: number
  absent: number
  /** Wrong quotes that were called so, and that were not. */
  found: number
  overlooked: number
  /** Honest quotes that were called wrong: far off through age or noise, and close. */
  honestFound: number
  falseAlarms: number
  /** Honest quotes within 10 bps of the truth: those that could have been falsely called wrong. */
  honest: number
  processorMs: number
}

export type Score = {
  readonly rounds: number
  readonly absent: number
  readonly p50Bps: number
  readonly p99Bps: number
  readonly maxBps: number
  /** Shares of all rounds; a round without a price is within nothing. */
  readonly within50: number
  readonly within5: number
  /** Undefined where nothing was called wrong, or nothing was. */
  readonly precision?: number
  readonly recall?: number
  /** Share of honest quotes that were called wrong. */
  readonly falseAlarmShare: number
  readonly intervals: number
  readonly covered: number
  /** Undefined for a method without an interval. */
  readonly coverage?: number
  readonly microsEach: number
}

export function newTally(): Tally {
  return {
    errorsBps: [],
    intervals: 0,
    covered: 0,
    rounds: 0,
    absent: 0,
    found: 0,
    overlooked: 0,
    honestFound: 0,
    falseAlarms: 0,
    honest: 0,
    processorMs: 0,
  }
}

/** Adds a tape's answers, one a freeze, to a tally; those of the warm-up are not counted. */
export function count(tally: Tally, tape: FaultyTape, answers: readonly Answer[]): void {
  answers.forEach((answer, epoch) => {
    if (epoch < warmUpEpochs) return
    const sighting = epoch * sightingsPerEpoch + sightingsPerEpoch - 1
    countPrice(tally, answer, at(tape.truth, sighting))
    countDetections(tally, answer, tape, sighting)
  })
}

function countPrice(tally: Tally, { price, intervalBps }: Answer, truth: number): void {
  tally.rounds += 1
  const errorBps = price === undefined ? Number.POSITIVE_INFINITY : offBps(price, truth)
  tally.errorsBps.push(errorBps)
  if (price === undefined) tally.absent += 1
  else if (intervalBps !== undefined) {
    tally.intervals += 1
    if (errorBps <= intervalBps) tally.covered += 1
  }
}

/**
 * A quote is wrong if a fault made it and it is more than 10 bps off: recall asks for all of these.
 * To reject an honest quote that is as far off, through age or noise, is no false alarm, and no
 * duty. To reject a stale one that is right by chance is neither good nor bad.
 */
function countDetections(tally: Tally, answer: Answer, tape: FaultyTape, sighting: number): void {
  const truth = at(tape.truth, sighting)
  for (let source = 0; source < tape.sources; source += 1) {
    const cell = sighting * tape.sources + source
    const price = at(tape.price, cell)
    if (Number.isNaN(price)) continue
    const isRejected = answer.rejected.includes(sourceName(source))
    const isOff = offBps(price, truth) > wrongFromBps
    if (tape.isFaulty[cell] === 0) countHonest(tally, isOff, isRejected)
    else if (isOff && isRejected) tally.found += 1
    else if (isOff) tally.overlooked += 1
  }
}

function countHonest(tally: Tally, isOff: boolean, isRejected: boolean): void {
  if (!isOff) tally.honest += 1
  if (isRejected && isOff) tally.honestFound += 1
  else if (isRejected) tally.falseAlarms += 1
}

export function scoreOf(tally: Tally): Score {
  const { found, overlooked, honestFound, falseAlarms, rounds, intervals } = tally
  const called = found + honestFound + falseAlarms
  const sorted = Float64Array.from(tally.errorsBps).sort()
  return {
    rounds,
    absent: tally.absent,
    p50Bps: percentile(sorted, 0.5),
    p99Bps: percentile(sorted, 0.99),
    maxBps: percentile(sorted, 1),
    within50: shareWithin(sorted, 50),
    within5: shareWithin(sorted, 5),
    ...(called > 0 && { precision: (found + honestFound) / called }),
    ...(found + overlooked > 0 && { recall: found / (found + overlooked) }),
    falseAlarmShare: tally.honest === 0 ? 0 : falseAlarms / tally.honest,
    intervals,
    covered: tally.covered,
    ...(intervals > 0 && { coverage: tally.covered / intervals }),
    microsEach: rounds === 0 ? 0 : (tally.processorMs * 1_000) / rounds,
  }
}

/** The smallest value that at least this share of all is not above. NaN of none. */
export function percentile(sorted: Float64Array, share: number): number {
  return at(sorted, Math.max(0, Math.ceil(share * sorted.length) - 1))
}

function shareWithin(sorted: Float64Array, limitBps: number): number {
  let within = 0
  while (within < sorted.length && at(sorted, within) <= limitBps) within += 1
  return sorted.length === 0 ? 0 : within / sorted.length
}

/** Distance of two prices in bps, by their logarithms: a tenth and ten times are equally far. */
export function offBps(price: number, truth: number): number {
  return Math.abs(Math.log(price / truth)) * 10_000
}
