import { describe, expect, test } from 'vitest'
import { consensusOf, defaultPolicy } from '../../../src/core/consensus.ts'
import { type FeedMemory, newFeedMemory } from '../../../src/core/feed-memory.ts'
import { learnt } from '../../../src/core/learning.ts'
import {
  constantsVersion,
  maxWindowTicks,
  provenanceOf,
  roundProvenanceOf,
} from '../../../src/core/provenance.ts'
import type { Quote } from '../../../src/core/quote.ts'
import { seededRandom } from '../../../src/core/seeded-random.ts'
import { windowConsensusOf } from '../../../src/core/window.ts'
import { type WindowTick, windowTickOf } from '../../../src/core/window-tick.ts'
import { feedSymbol } from '../../../src/protocol/feed.ts'
import {
  isReadableProvenance,
  provenanceSchema,
  provenanceVersion,
  roundProvenanceSchema,
  roundSourcesResponseSchema,
} from '../../../src/protocol/wire-provenance.ts'
import { votesByHand, windowByHand } from '../../support/naive-vote.ts'
import { aProvenance } from '../../support/provenances.ts'

const symbol = feedSymbol('BTC')
const tickMs = 30_000
const tolerance = 1e-7

type Told = ReturnType<typeof provenanceSchema.parse>

/**
 * Ticks of sources in USD and USDT, each with a lean, a noise and an age of its own, one of them
 * astray; what each vote was made of, as it arrives over the wire.
 */
function toldTicks(count: number, sources: number) {
  const random = seededRandom(sources)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const ticks: { readonly told: Told; readonly window: WindowTick }[] = []
  let memory: FeedMemory = newFeedMemory
  let truth = 97_500
  for (let tick = 0; tick < count; tick += 1) {
    truth *= Math.exp(0.000_4 * normal())
    const tickAtMs = tick * tickMs + 1e12
    const atMs = tickAtMs + 500
    const quotes = Array.from({ length: sources }, (_, i): Quote => {
      const conversionRate = i % 2 === 0 ? 1 : 0.999_1
      const isAstray = i === sources - 1 && tick % 5 === 4
      const price = truth * (1 + 0.000_1 * (i - 2) + 0.000_1 * normal()) * (isAstray ? 1.02 : 1)
      return {
        symbol,
        source: `s${i}`,
        market: i % 2 === 0 ? 'BTC-USD' : 'BTCUSDT',
        rawPrice: price / conversionRate,
        conversionRate,
        price,
        volume: 1_000,
        bid: price * 0.999_95,
        ask: price * 1.000_05,
        observedAtMs: atMs - Math.floor(random() * 5_000),
        observedKind: 'trade',
      }
    })
    const outcome = consensusOf(quotes, defaultPolicy, atMs, memory)
    const voted = { symbol, tickAtMs, seq: tick + 1, policy: defaultPolicy }
    const sent = JSON.stringify(provenanceOf(quotes, outcome, voted))
    ticks.push({
      told: provenanceSchema.parse(JSON.parse(sent)),
      window: windowTickOf(tickAtMs, outcome),
    })
    memory = learnt(memory, quotes, outcome, defaultPolicy)
  }
  return ticks
}

describe('provenanceOf', () => {
  test.each([3, 5, 6, 9, 20])('of %i sources: the price can be redone by hand', (sources) => {
    const ticks = toldTicks(60, sources)
    for (const { told } of ticks.slice(-20)) {
      if (told.outcome !== 'consensus') throw new Error('expected a consensus')
      const { votes, price } = votesByHand(told)
      for (const [name, vote] of Object.entries(votes)) {
        const own = Object.entries(told.votes).find(([key]) => key === name)?.[1] ?? 0
        expect(Math.abs(own / vote - 1)).toBeLessThan(name === 'trimmed_mean' ? 1e-6 : tolerance)
      }
      expect(Math.abs(told.price / price - 1)).toBeLessThan(tolerance)
    }
  })

  test('the rest follows from what is told, too', () => {
    const [last] = toldTicks(60, 6).slice(-1)
    if (last?.told.outcome !== 'consensus') throw new Error('expected a consensus')
    const { sources, n, n_eff, price, interval_bps, confidence } = last.told
    const accepted = sources.filter((source) => source.verdict === 'accepted')
    const shares = accepted.map(({ share }) => share)
    expect(accepted).toHaveLength(n)
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
    expect(1 / shares.reduce((sum, share) => sum + share ** 2, 0)).toBeCloseTo(n_eff, 9)
    expect(confidence).toBeCloseTo(1 / (1 + (interval_bps / 25) ** 2), 9)
    for (const source of accepted) {
      expect(source.raw_price * source.conversion_rate).toBeCloseTo(source.quoted_price, 6)
      expect((source.price / price - 1) * 10_000).toBeCloseTo(source.residual_bps, 6)
      expect(source.sigma_bps).toBeGreaterThanOrEqual(source.own_sigma_bps * (1 - 1e-9))
    }
    expect(sources.map(({ source }) => source)).toEqual(['s0', 's1', 's2', 's3', 's4', 's5'])
    expect(sources.find(({ source }) => source === 's5')).toMatchObject({
      verdict: 'rejected',
      market: 'BTCUSDT',
      conversion_rate: 0.999_1,
      residual_bps: expect.closeTo(200, -1.5),
    })
  })

  test('without a quorum it says why, and what each source said', () => {
    const quote: Quote = {
      symbol,
      source: 'alone',
      market: 'BTC-USD',
      price: 100,
      rawPrice: 100,
      conversionRate: 1,
      volume: 0,
      observedAtMs: 0,
      observedKind: 'received',
    }
    const outcome = consensusOf([quote], defaultPolicy, 86_400_000)
    const voted = { symbol, tickAtMs: 86_400_000, seq: 0, policy: defaultPolicy }
    expect(provenanceSchema.parse(provenanceOf([quote], outcome, voted))).toMatchObject({
      outcome: 'no-quorum',
      reason: 'too-few-sources',
      required: 2,
      policy: { constants: constantsVersion, stale_after_ms: 60_000, min_sources: 2 },
      sources: [{ verdict: 'rejected', source: 'alone', reason: 'stale', raw_price: 100 }],
    })
  })
})

describe('roundProvenanceOf', () => {
  test('of a window: the averages and their median can be redone by hand', () => {
    const ticks = toldTicks(60, 6).slice(-6)
    const fromMs = ticks[0]?.told.tick_at ?? 0
    const window = { fromMs, toMs: fromMs + 6 * tickMs }
    const windowTicks = ticks.map((tick) => tick.window)
    const vote = windowConsensusOf(windowTicks, defaultPolicy, window)
    if (vote.kind !== 'consensus') throw new Error('expected a consensus')
    const told = roundSourcesResponseSchema.parse({
      symbol,
      epoch_id: 1,
      consensus_price: vote.price,
      vwap: vote.vwap,
      twap: vote.twap,
      weighted_median: vote.weightedMedian,
      sources_used: vote.sources,
      ...roundProvenanceOf(windowTicks, window, ticks.at(-1)?.told),
      served_at: 1,
      rate_limit: { limit: 1, remaining: 1, reset_at: 1 },
    })
    const byHand = windowByHand(told)
    expect(byHand.vwap).toBeCloseTo(told.vwap ?? 0, 6)
    expect(byHand.twap).toBeCloseTo(told.twap ?? 0, 6)
    expect(byHand.weighted_median).toBeCloseTo(told.weighted_median ?? 0, 6)
    expect(byHand.price).toBeCloseTo(told.consensus_price, 6)
  })

  test('keeps exactly as many ticks as are allowed, and of more none', () => {
    const ticks = Array.from({ length: maxWindowTicks + 1 }, (_, i): WindowTick => ({
      atMs: i,
      accepted: [],
      outliers: 0,
    }))
    const toldOf = (toMs: number) =>
      roundProvenanceSchema.parse(roundProvenanceOf(ticks, { fromMs: 0, toMs }, undefined))
    expect(toldOf(maxWindowTicks).window?.ticks).toHaveLength(maxWindowTicks)
    expect(toldOf(maxWindowTicks + 1)).toEqual({ version: provenanceVersion })
  })
})

describe('the version of provenance', () => {
  const { version, ...unversioned } = aProvenance()

  test('is written, and what was written without one can still be read', () => {
    expect(version).toBe(provenanceVersion)
    expect(isReadableProvenance(unversioned)).toBe(true)
    expect(provenanceSchema.parse(unversioned)).toEqual(unversioned)
    expect(roundProvenanceSchema.parse({ spot: unversioned })).toEqual({ spot: unversioned })
  })

  test.each([2, 0, '1', null])('%s is not one that can be read', (other) => {
    expect(isReadableProvenance({ ...unversioned, version: other })).toBe(false)
    expect(provenanceSchema.safeParse({ ...unversioned, version: other }).success).toBe(false)
  })

  test('what is nothing at all is not readable either', () => {
    expect(isReadableProvenance(null)).toBe(false)
    expect(isReadableProvenance('{}')).toBe(false)
  })
})
