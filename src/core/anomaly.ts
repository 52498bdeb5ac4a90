/**
 * The detector of unusual behaviour: one forest a feed, which all its sources teach, beside the trail
 * of each. It lowers weights and raises alerts, and never leaves a source out: that is for rules which
 * can be told in a sentence.
 */

import { featureNames, featuresOf } from './anomaly-features.ts'
import { type Forest, learntForest, lonelinessesOf, plantedForest } from './half-space-trees.ts'
import { alertThreshold, emptyTally, type ScoreTally, tallied } from './score-tally.ts'
import { type Scene, type Sighting, type SourceTrail, trailAfter } from './source-trail.ts'

/** Immutable: what learns returns another. */
export type AnomalyMemory = {
  readonly forest: Forest
  /** Scores of sources that agreed. */
  readonly tally: ScoreTally
  readonly trails: ReadonlyMap<string, SourceTrail>
}

/** How unusual a source's behaviour is at a tick. */
export type Anomaly = {
  /** 0 (as ever) to 1 (never seen the like); 0 as long as too little is known. */
  readonly score: number
  readonly isAlert: boolean
  /** By which its weight is to be multiplied: 1 up to the threshold of alerts, 0.25 at a score of 1. */
  readonly weightFactor: number
}

/** Sources with a trail. Of more, those seen longest ago are forgotten. */
export const maxTrails = 64

/** No score takes more of a source's weight away: the forest may be wrong, and a vote needs voters. */
const leastFactor = 0.25

const ordinary: Anomaly = { score: 0, isAlert: false, weightFactor: 1 }

/** A memory that has seen nothing. @param seed Where the forest cuts follows from it. */
export function newAnomalyMemory(seed: number): AnomalyMemory {
  return {
    forest: plantedForest(seed, featureNames.length),
    tally: emptyTally,
    trails: new Map(),
  }
}

/**
 * How unusual each source behaves at a tick, in the order of the sightings. Nothing is learnt; one that
 * was never seen before is ordinary.
 *
 * @param scene With the price that sources are compared with while there is no consensus yet.
 */
export function anomaliesOf(
  { forest, tally, trails }: AnomalyMemory,
  sightings: readonly Sighting[],
  scene: Scene,
): Anomaly[] {
  const threshold = alertThreshold(tally)
  const points = sightings.map((sighting) => {
    const trail = trails.get(sighting.source)
    return trail === undefined ? undefined : featuresOf(trail, sighting, scene)
  })
  const scores = lonelinessesOf(
    forest,
    points.filter((point) => point !== undefined),
  )
  let scored = 0
  return points.map((point) =>
    point === undefined ? ordinary : anomalyOf(scores[scored++] ?? 0, threshold),
  )
}

/**
 * The memory after a tick. Only sources that agreed teach what is usual, so that an attack of many
 * ticks does not become the custom; everyone's trail goes on.
 *
 * @param scene With the consensus.
 * @param accepted Sources that agreed.
 */
export function anomalyMemoryAfter(
  memory: AnomalyMemory,
  sightings: readonly Sighting[],
  scene: Scene & { readonly accepted: ReadonlySet<string> },
): AnomalyMemory {
  const trails = new Map(memory.trails)
  const points: number[][] = []
  for (const sighting of sightings) {
    const trail = trails.get(sighting.source)
    if (trail !== undefined && scene.accepted.has(sighting.source)) {
      points.push(featuresOf(trail, sighting, scene))
    }
    trails.set(sighting.source, trailAfter(trail, sighting, scene))
  }
  const { forest } = memory
  // Before there is a window to judge by, scores say nothing.
  const scores = forest.reference === undefined ? [] : lonelinessesOf(forest, points)
  return {
    forest: learntForest(forest, points),
    tally: tallied(memory.tally, scores),
    trails: bounded(trails),
  }
}

function anomalyOf(score: number, threshold: number | undefined): Anomaly {
  if (threshold === undefined || score <= threshold) {
    return { score, isAlert: false, weightFactor: 1 }
  }
  const beyond = (score - threshold) / (1 - threshold)
  return { score, isAlert: true, weightFactor: 1 - (1 - leastFactor) * beyond }
}

function bounded(trails: ReadonlyMap<string, SourceTrail>): ReadonlyMap<string, SourceTrail> {
  if (trails.size <= maxTrails) return trails
  const newest = [...trails].toSorted(([, left], [, right]) => right.seenAtMs - left.seenAtMs)
  return new Map(newest.slice(0, maxTrails))
}
