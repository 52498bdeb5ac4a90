/** What a feed knows after a tick that was recorded: its volatility, its scale, and all its sources. */

import { type AnomalyMemory, anomalyMemoryAfter, newAnomalyMemory } from './anomaly.ts'
import { type Coverage, type FeedMemory, memoryVersion } from './feed-memory.ts'
import { intervalsAfter } from './interval-check.ts'
import { mirrorsAfter } from './mirrors.ts'
import { newestVotes, type Vote } from './newest-votes.ts'
import type { Consensus, ConsensusOutcome } from './outcome.ts'
import type { ConsensusPolicy } from './policy.ts'
import { median } from './robust.ts'
import type { Lesson } from './judgement.ts'
import { sourceAfter } from './source-learning.ts'
import { type SourceMemory, sourceMemoryOf } from './source-memory.ts'
import { isFounding } from './standing.ts'
import { tuning } from './tuning.ts'

/** All forests cut alike: what one has learnt can be read by its successor. */
const forestSeed = 1

/** The mean distance of normal values from their middle, times this, is their standard deviation. */
const normalMean = 1.2533

/**
 * The memory of a feed after a tick.
 *
 * Without a consensus only what sources said is remembered: there is nothing to judge them by.
 *
 * @param quotes The tick's quotes, as they were put to the vote.
 * @param outcome What `consensusOf` made of them with the same memory and policy.
 */
export function learnt(
  memory: FeedMemory,
  quotes: readonly Vote[],
  outcome: ConsensusOutcome,
  policy: ConsensusPolicy,
): FeedMemory {
  const { atMs } = outcome
  const consensus = outcome.kind === 'consensus' ? outcome : undefined
  const volatility = volatilityAfter(memory, consensus)
  const scaleBps = scaleAfter(memory, consensus)
  const lesson: Lesson = {
    atMs,
    scaleBps,
    volatility: volatility > 0 ? volatility : tuning.learning.volatility,
    weight: weightOf(stepMs(memory, atMs)),
    isFounding: isFounding(memory, policy, atMs),
    probationTicks: policy.probationTicks,
  }
  const votes = newestVotes(quotes, atMs, [])
  const sources = sourcesAfter(memory.sources, votes, outcome, lesson)
  const mirrors = mirrorsAfter(memory.mirrors, votes)
  if (consensus === undefined) return { ...memory, sources, mirrors }

  const { price, observedAtMs, sigmaBps, start, lowQuorum } = consensus
  const founded = lesson.isFounding && memory.ticks >= policy.probationTicks ? 0 : memory.ticks
  return {
    ...memory,
    version: memoryVersion,
    ticks: founded + 1,
    last: {
      price,
      atMs,
      observedAtMs,
      sigmaBps,
      fromStartBps: (price / start - 1) * 10_000,
      ...(lowQuorum && { lowQuorum }),
    },
    volatility,
    scaleBps,
    coverage: coverageAfter(memory.coverage, consensus),
    intervals: intervalsAfter(memory, quotes, consensus, policy),
    sources,
    mirrors,
    anomaly: behaviourAfter(memory, votes, consensus),
  }
}

/** Time since the last tick with a consensus, within what one tick may teach. */
function stepMs({ last }: FeedMemory, atMs: number): number {
  const { leastStepMs, mostStepMs } = tuning.learning
  return last === undefined
    ? mostStepMs
    : Math.min(Math.max(atMs - last.atMs, leastStepMs), mostStepMs)
}

/** What a tick weighs in an average that remembers ten minutes. */
function weightOf(ms: number): number {
  return 1 - Math.exp(-ms / tuning.learning.memoryMs)
}

/** The mean size of moves between consensuses, each over the root of its time; clipped. */
function volatilityAfter(memory: FeedMemory, consensus: Consensus | undefined): number {
  const { last, volatility, ticks } = memory
  if (last === undefined || consensus === undefined) return volatility
  const { clipSigmas, leastVolatility, warmTicks } = tuning.learning
  const seconds = Math.max(0, consensus.atMs - last.atMs) / 1_000
  if (seconds === 0) return volatility

  const known = volatility > 0 ? volatility : tuning.learning.volatility
  const move = Math.abs(Math.log(consensus.price / last.price)) / Math.sqrt(seconds)
  const seen = Math.min(move * normalMean, clipSigmas * known)
  const weight = Math.max(
    weightOf(stepMs(memory, consensus.atMs)),
    ticks < warmTicks ? 1 / (ticks + 1) : 0,
  )
  return Math.max(leastVolatility, known + weight * (seen - known))
}

/** The mean of what the middle source differs by. */
function scaleAfter(memory: FeedMemory, consensus: Consensus | undefined): number {
  if (consensus === undefined) return memory.scaleBps
  const { scaleBps, ticks } = memory
  const distances = consensus.contributions.map(({ residualBps }) => Math.abs(residualBps))
  const seen = 1.4826 * (median(distances) ?? 0)
  if (scaleBps === 0) return Math.max(seen, tuning.sigma.leastNew * 10_000)
  const weight = Math.max(
    weightOf(stepMs(memory, consensus.atMs)),
    ticks < tuning.learning.warmTicks ? 1 / (ticks + 1) : 0,
  )
  return scaleBps + weight * (Math.min(seen, 4 * scaleBps) - scaleBps)
}

/** Everybody's trail goes on; what is usual is taught by those who agreed. */
function behaviourAfter(
  memory: FeedMemory,
  votes: readonly Vote[],
  { price, atMs, contributions }: Consensus,
): AnomalyMemory {
  const sigmas = new Map(contributions.map(({ source, sigmaBps }) => [source, sigmaBps / 10_000]))
  const usual = memory.scaleBps / 10_000
  const sightings = votes.map((vote) => ({ ...vote, sigma: sigmas.get(vote.source) ?? usual }))
  const accepted = new Set(sigmas.keys())
  const known = memory.anomaly ?? newAnomalyMemory(forestSeed)
  return anomalyMemoryAfter(known, sightings, { centre: price, atMs, accepted })
}

function sourcesAfter(
  known: FeedMemory['sources'],
  votes: readonly Vote[],
  outcome: ConsensusOutcome,
  lesson: Lesson,
): Record<string, SourceMemory> {
  const sources: Record<string, SourceMemory> = { ...known }
  const contributions = new Map(
    outcome.kind === 'consensus' ? outcome.contributions.map((each) => [each.source, each]) : [],
  )
  const rejections = new Map(outcome.rejected.map((each) => [each.source, each]))
  for (const vote of votes) {
    const { source } = vote
    sources[source] = sourceAfter(
      sourceMemoryOf(known, source),
      {
        vote,
        contribution: contributions.get(source),
        rejection: rejections.get(source),
        consensus: outcome.kind === 'consensus' ? outcome : undefined,
      },
      lesson,
    )
  }
  return withinLimit(sources)
}

/** A name that comes once and never again must not be remembered for ever. */
function withinLimit(sources: Record<string, SourceMemory>): Record<string, SourceMemory> {
  const names = Object.keys(sources)
  if (names.length <= tuning.mostSources) return sources
  const newest = names
    .sort((left, right) => (sources[right]?.seenAtMs ?? 0) - (sources[left]?.seenAtMs ?? 0))
    .slice(0, tuning.mostSources)
  return Object.fromEntries(
    newest.flatMap((name) => {
      const own = sources[name]
      return own === undefined ? [] : [[name, own]]
    }),
  )
}

/** Each source is checked against the interval that the others' spread and its own allow it. */
function coverageAfter(coverage: Coverage, { contributions }: Consensus): Coverage {
  let { checked, held } = coverage
  for (const { residualBps, biasBps, sigmaBps, share } of contributions) {
    checked = checked * 0.999 + 1
    const others = Math.abs(residualBps - biasBps) / Math.max(1 - share, 0.1)
    held = held * 0.999 + (others <= 1.96 * sigmaBps * Math.sqrt(1 + share) ? 1 : 0)
  }
  return { checked, held }
}
