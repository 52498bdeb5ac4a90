/**
 * How a tick judges a source: by its distance from the consensus, in what that may be expected to be,
 * and only as far as the start of the vote bears it out. The consensus may be led astray by some; the
 * start is not led by any minority.
 */

import type { Vote } from './newest-votes.ts'
import type { Consensus, Contribution, Rejection } from './outcome.ts'
import type { LastWords, SourceMemory } from './source-memory.ts'
import { tuning } from './tuning.ts'

/** What a tick has to say to all sources. */
export type Lesson = {
  /** Unix milliseconds. */
  readonly atMs: number
  readonly scaleBps: number
  readonly volatility: number
  /** What this tick weighs in averages, 0 to 1. */
  readonly weight: number
  readonly isFounding: boolean
  readonly probationTicks: number
}

/** A source's part in a tick; neither contribution nor rejection where there was no consensus. */
export type Part = {
  readonly vote: Vote
  readonly contribution: Contribution | undefined
  readonly rejection: Rejection | undefined
  readonly consensus: Pick<Consensus, 'price' | 'start' | 'startSigmaBps'> | undefined
}

/** A source as a tick judges it. */
export type Judged = {
  /** From the consensus, without the learnt lean and its own pull on it, bps. */
  readonly distanceBps: number
  readonly residualBps: number
  readonly sigmaBps: number
  readonly isAgreeing: boolean
  /** The distance in standard deviations, as far as the start of the vote confirms it. */
  readonly strain: number
  /** It agrees, or failed by so little that it may just be noisier than thought. */
  readonly isTeaching: boolean
}

const bpsPerUnit = 10_000

/**
 * A source judged by a tick, or undefined where there is no consensus to judge it by, or it was too
 * old to be judged.
 *
 * @param said What the source says now, and since when.
 */
export function judgedBy(
  before: SourceMemory,
  said: LastWords,
  part: Part,
  lesson: Pick<Lesson, 'atMs' | 'volatility'>,
): Judged | undefined {
  const { contribution, consensus } = part
  const residualBps = residualOf(part)
  if (residualBps === undefined || consensus === undefined) return undefined

  const movedBps = movedSinceBps(part.vote, said, lesson)
  const uprightBps = residualBps - before.biasBps
  const sigmaBps = contribution?.surpriseSigmaBps ?? Math.hypot(before.madBps, movedBps)
  const distanceBps = contribution?.surpriseBps ?? uprightBps
  const fromStartBps = uprightBps + (consensus.price / consensus.start - 1) * bpsPerUnit
  const startSigmaBps = Math.hypot(consensus.startSigmaBps, before.madBps, movedBps)
  return {
    distanceBps,
    residualBps,
    sigmaBps,
    strain: leastOf(distanceBps / sigmaBps, fromStartBps / startSigmaBps),
    ...bearingOf(part, Math.abs(uprightBps), sigmaBps),
  }
}

/** How far it was from the consensus; who is stale says nothing of now. */
function residualOf({ contribution, rejection }: Part): number | undefined {
  if (contribution !== undefined) return contribution.residualBps
  return rejection?.reason === 'stale' ? undefined : rejection?.residualBps
}

/** What the market is likely to have moved since a source's price was made. */
function movedSinceBps(
  { observedAtMs }: Vote,
  { priceSinceMs }: LastWords,
  { atMs, volatility }: Pick<Lesson, 'atMs' | 'volatility'>,
): number {
  const ageSec = Math.max(0, atMs - Math.min(observedAtMs, priceSinceMs)) / 1_000
  return volatility * Math.sqrt(ageSec) * bpsPerUnit
}

/** Who votes agrees and teaches. Of the others it is asked whether they would have passed the gate. */
function bearingOf(
  { contribution, rejection }: Part,
  uprightBps: number,
  sigmaBps: number,
): Pick<Judged, 'isAgreeing' | 'isTeaching'> {
  if (contribution !== undefined) return { isAgreeing: true, isTeaching: true }
  const reachBps = tuning.gate.sigmas * sigmaBps + tuning.gate.floor * bpsPerUnit
  return {
    isAgreeing: rejection?.reason !== 'frozen' && uprightBps <= reachBps,
    isTeaching: uprightBps <= tuning.gate.secondTry * reachBps,
  }
}

/** The nearer to zero of two, or zero where they disagree about the side. */
function leastOf(one: number, other: number): number {
  if (one * other <= 0) return 0
  return Math.sign(one) * Math.min(Math.abs(one), Math.abs(other))
}
