/**
 * Famous incidents, played again. The prices are made up after what was reported of them; each test
 * names the day, and where it can the report.
 */

import { describe, expect, test } from 'vitest'
import { type ConsensusOutcome, consensusOf, defaultPolicy } from '../../../src/core/consensus.ts'
import { newFeedMemory } from '../../../src/core/feed-memory.ts'
import { learnt } from '../../../src/core/learning.ts'
import type { Vote } from '../../../src/core/newest-votes.ts'

const tickMs = 30_000
const startAtMs = 1_600_000_000_000
const sources = ['binance', 'bitstamp', 'coinbase', 'gemini', 'kraken', 'okx']

type Tick = {
  readonly outcome: ConsensusOutcome
  readonly market: number
  /** How far the price is from the market, bps; infinite where there is none. */
  readonly offBps: number
}

/** What a source shows at a tick while the others are at the market; undefined where it is silent. */
type Odd = (tick: number, market: number) => number | undefined

/**
 * Plays ticks through vote and memory. Sources differ from the market by a few bps, each tick
 * otherwise; a second or two pass from their trades to the tick.
 */
function played(
  ticks: number,
  marketAt: (tick: number) => number,
  odd: Readonly<Record<string, Odd>> = {},
  spreadBps = 2,
): Tick[] {
  let memory = newFeedMemory
  return Array.from({ length: ticks }, (_, tick) => {
    const atMs = startAtMs + tick * tickMs
    const market = marketAt(tick)
    const quotes = [...sources, ...Object.keys(odd)].flatMap((source, i): Vote[] => {
      const price = odd[source] ? odd[source](tick, market) : shown(market, tick, i, spreadBps)
      if (price === undefined) return []
      const observedAtMs = atMs - 500 - ((tick * 7 + i * 3) % 5) * 300
      return [{ source, price, volume: 1_000 + tick + i, observedAtMs }]
    })
    const outcome = consensusOf(quotes, defaultPolicy, atMs, memory)
    memory = learnt(memory, quotes, outcome, defaultPolicy)
    return { outcome, market, offBps: offBps(outcome, market) }
  })
}

/** The market's price with a wobble that no two sources or ticks share. */
function shown(market: number, tick: number, source: number, spreadBps: number): number {
  const wobble = Math.sin(tick * 12.9898 + source * 78.233) * spreadBps
  return market * (1 + wobble / 10_000)
}

function offBps(outcome: ConsensusOutcome, market: number): number {
  if (outcome.kind === 'no-quorum') return Number.POSITIVE_INFINITY
  return Math.abs(outcome.price / market - 1) * 10_000
}

const worstOf = (ticks: readonly Tick[]) => Math.max(...ticks.map((tick) => tick.offBps))

const reasonFor = (tick: Tick | undefined, source: string) =>
  tick?.outcome.rejected.find((rejection) => rejection.source === source)?.reason

const sharersOf = (tick: Tick | undefined) =>
  tick?.outcome.kind === 'consensus' ? tick.outcome.sources : []

/** @see https://www.coindesk.com/markets/2021/10/21/bitcoin-price-flash-crash-on-binanceus-attributed-to-trader-algorithm-bug/ */
describe('2021-10-21: on Binance.US one order took Bitcoin from 65 760 to 8 200 for a minute', () => {
  const wickFrom = 60
  const bitcoin = (tick: number) => 65_760 * (1 + Math.sin(tick / 9) * 0.0006)
  const ticks = played(100, bitcoin, {
    // One other venue fell by 2.3 % in the same minute.
    startled: (tick, market) => (tick === wickFrom ? market * 0.977 : market * 1.0001),
    'binance-us': (tick, market) =>
      tick === wickFrom ? 8_200 : tick === wickFrom + 1 ? market * 0.93 : market,
  })

  test('the price stays where the others are', () => {
    expect(worstOf(ticks)).toBeLessThan(5)
  })

  test('the venue is left out while it lasts, and has its say again after', () => {
    expect(reasonFor(ticks[wickFrom], 'binance-us')).toBe('out-of-range')
    expect(reasonFor(ticks[wickFrom + 1], 'binance-us')).toBe('outlier')
    expect(reasonFor(ticks[wickFrom], 'startled')).toBe('outlier')
    expect(sharersOf(ticks[wickFrom - 1])).toContain('binance-us')
    expect(sharersOf(ticks[wickFrom + 2])).toContain('binance-us')
  })

  test('a feed that is asked for the first time at that very minute is not fooled either', () => {
    const quotes = [8_200, 65_790, 65_805, 65_812, 65_798, 65_801].map((price, i) => ({
      source: `s${i}`,
      price,
      volume: 1_000,
      observedAtMs: startAtMs,
    }))
    const outcome = consensusOf(quotes, defaultPolicy, startAtMs)
    expect(offBps(outcome, 65_800)).toBeLessThan(5)
    expect(outcome.rejected).toMatchObject([{ source: 's0', reason: 'outlier' }])
  })
})

/** Bitcoin fell from 20 600 to below 16 000 in these days; how FTX parted from the rest is made up. */
describe('2022-11-08: FTX, its withdrawals stopped, drifts away from the rest and then falls silent', () => {
  const from = 60
  const silentFrom = 180
  // An hour of falling prices everywhere: 20 600 to 18 500. FTX falls faster, by 10 bps a tick.
  const bitcoin = (tick: number) => 20_600 * Math.exp(-0.1 * Math.max(0, (tick - from) / 120))
  const ticks = played(220, bitcoin, {
    ftx: (tick, market) => {
      if (tick >= silentFrom) return undefined
      return market * Math.exp(-0.001 * Math.max(0, tick - from))
    },
  })

  test('the price follows the rest down, before, while and after', () => {
    expect(worstOf(ticks.slice(1))).toBeLessThan(15)
  })

  test('the venue is left out soon after it parts, and stays out', () => {
    const leftOut = ticks.slice(from + 6, silentFrom).map((tick) => sharersOf(tick).includes('ftx'))
    expect(leftOut).not.toContain(true)
    expect(sharersOf(ticks[from - 1])).toContain('ftx')
  })

  test('no honest venue is', () => {
    for (const tick of ticks.slice(from + 6, silentFrom)) {
      expect(sharersOf(tick)).toEqual(sources)
    }
  })
})

/** @see https://www.theblock.co/post/218993/usdc-and-dai-remain-at-about-0-90-following-circles-disclosure-of-funds-at-svb */
describe('2023-03-11: USDC is worth 0.88, and every venue says so, none quite the same', () => {
  const from = 60
  // A dollar, down to 0.88 in four hours, and back to 0.97: the market itself, not a source.
  const coin = (tick: number) => {
    const hours = Math.max(0, tick - from) / 120
    return hours <= 4 ? 1 - 0.03 * hours : Math.min(0.97, 0.88 + 0.03 * (hours - 4))
  }
  const ticks = played(900, coin, {}, 15)

  test('the price goes where the market goes, and never sticks to a dollar', () => {
    expect(worstOf(ticks)).toBeLessThan(15)
    const lowest = Math.min(
      ...ticks.map(({ outcome }) => (outcome.kind === 'consensus' ? outcome.price : Infinity)),
    )
    expect(lowest).toBeLessThan(0.8815)
  })

  test('there is a price at each tick, and most venues have a say in it', () => {
    for (const tick of ticks) expect(sharersOf(tick).length).toBeGreaterThanOrEqual(4)
  })

  test('a venue that goes on saying one dollar is not believed', () => {
    const pegged = played(500, coin, { pegged: () => 1 })
    expect(worstOf(pegged)).toBeLessThan(15)
    for (const tick of pegged.slice(from + 20)) expect(sharersOf(tick)).not.toContain('pegged')
  })
})

/** Said 0.107 while the market said 0.01. @see https://halborn.com/explained-the-luna-price-dip-exploits-may-2022/ */
describe('2022-05-12: LUNA falls to a ten-thousandth in a day, and a feed stays at its floor', () => {
  const from = 60
  // Halves every half hour: 1 dollar to 0.0001.
  const luna = (tick: number) => Math.max(1e-4, 2 ** (-Math.max(0, tick - from) / 60))
  const ticks = played(900, luna, {
    // The lowest that this one can say, under fresh dates.
    floored: (_, market) => Math.max(0.107, market),
  })

  test('the price follows the market to the bottom', () => {
    expect(worstOf(ticks)).toBeLessThan(50)
    expect(ticks.at(-1)?.market).toBe(1e-4)
  })

  test('the floor is left out from where the market has passed it', () => {
    const passed = ticks.filter(({ market }) => market < 0.1)
    expect(passed.length).toBeGreaterThan(500)
    for (const tick of passed) expect(sharersOf(tick)).not.toContain('floored')
  })

  test('two of eight sources at the floor change nothing', () => {
    const floored = (_: number, market: number) => Math.max(0.107, market)
    const two = played(900, luna, { floored, 'floored-too': floored })
    expect(worstOf(two)).toBeLessThan(50)
  })
})
