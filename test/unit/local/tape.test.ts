import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assets } from '../../../local/exchanges/assets.ts'
import { makeTape } from '../../../local/exchanges/make-tape.ts'
import { loadTape, readTape, tapeFile, tapeStepMs } from '../../../local/exchanges/tape.ts'

const tape = loadTape()
const minuteMs = 60_000
const minutesPerYear = 525_960

/** The start of a loop, late in 2026. */
const startMs = Math.floor(Date.UTC(2026, 10, 22) / tape.loopMs) * tape.loopMs

/** Log-returns of an asset over one loop. */
function returnsOf(base: string, stepMs = minuteMs): number[] {
  const prices = Array.from({ length: tape.loopMs / stepMs + 1 }, (_, i) =>
    tape.usdPrice(base, startMs + i * stepMs),
  )
  return prices.slice(1).map((price, i) => Math.log(price / (prices[i] ?? Number.NaN)))
}

function correlation(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  const [meanX, meanY] = [mean(xs), mean(ys)]
  const product = mean(xs.map((x, i) => (x - meanX) * ((ys[i] ?? Number.NaN) - meanY)))
  const spread = (values: readonly number[], middle: number) =>
    Math.sqrt(mean(values.map((value) => (value - middle) ** 2)))
  return product / (spread(xs, meanX) * spread(ys, meanY))
}

function annualVolatility(base: string): number {
  const squares = returnsOf(base).map((step) => step ** 2)
  return Math.sqrt((squares.reduce((a, b) => a + b, 0) / squares.length) * minutesPerYear)
}

describe('the bundled tape', () => {
  test('is what its maker makes, byte for byte', () => {
    expect(Buffer.from(makeTape()).equals(readFileSync(tapeFile))).toBe(true)
  })

  test('stays small enough for a repository', () => {
    expect(readFileSync(tapeFile).length).toBeLessThan(400_000)
  })

  test('has all bases of the 63 feeds', () => {
    const bases = assets.map(({ base }) => base)
    expect(new Set(bases).size).toBe(bases.length)
    // DAI is no feed; venues price USDS by it.
    expect(bases.filter((base) => base !== 'DAI')).toHaveLength(63)
    expect(bases).toEqual(expect.arrayContaining(['BTC', 'FLR', 'GRAM', 'USDT', 'USDC', 'NIGHT']))
  })

  test('prices every asset near its level, at any instant', () => {
    const anyInstant = fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2035, 0) })
    fc.assert(
      fc.property(fc.constantFrom(...assets), anyInstant, ({ base, levelUsd }, atMs) => {
        const price = tape.usdPrice(base, atMs)
        expect(price / levelUsd).toBeGreaterThan(0.75)
        expect(price / levelUsd).toBeLessThan(1.35)
      }),
    )
  })

  test('gives the same price for the same instant, in any process', () => {
    const again = readTape(makeTape())
    const atMs = startMs + 1_234_567
    for (const { base } of assets) {
      expect(again.usdPrice(base, atMs)).toBe(tape.usdPrice(base, atMs))
    }
  })

  test('moves Bitcoin as Bitcoin moves: 30 to 100 % a year', () => {
    expect(annualVolatility('BTC')).toBeGreaterThan(0.3)
    expect(annualVolatility('BTC')).toBeLessThan(1)
  })

  test('moves small coins more than Bitcoin, and gold less', () => {
    expect(annualVolatility('PENGU')).toBeGreaterThan(annualVolatility('BTC'))
    expect(annualVolatility('PAXG')).toBeLessThan(annualVolatility('BTC'))
  })

  test('moves coins together, and gold on its own', () => {
    expect(correlation(returnsOf('BTC'), returnsOf('ETH'))).toBeGreaterThan(0.3)
    expect(correlation(returnsOf('ETH'), returnsOf('SOL'))).toBeGreaterThan(0.3)
    expect(Math.abs(correlation(returnsOf('BTC'), returnsOf('PAXG')))).toBeLessThan(0.3)
    expect(correlation(returnsOf('BTC'), returnsOf('ETH'))).toBeLessThan(0.98)
  })

  test('is calm for a while and wild for a while', () => {
    const steps = returnsOf('BTC', tapeStepMs).map(Math.abs)
    // Independent steps of one size would leave nothing here but noise of about 0.02.
    expect(correlation(steps.slice(0, -1), steps.slice(1))).toBeGreaterThan(0.08)
  })

  test('moves USDT by a few basis points around 0.9995, not at 1', () => {
    const rates = Array.from({ length: 500 }, (_, i) => tape.usdPrice('USDT', startMs + i * 27_000))
    const mean = rates.reduce((a, b) => a + b, 0) / rates.length
    expect(mean).toBeGreaterThan(0.999)
    expect(mean).toBeLessThan(0.9999)
    expect(Math.max(...rates) - Math.min(...rates)).toBeLessThan(0.003)
    expect(Math.max(...rates) - Math.min(...rates)).toBeGreaterThan(0.0003)
  })

  test.each(['BTC', 'PUMP', 'USDT'])('loops without a jump of %s at the seam', (base) => {
    const aroundMs = [-2, -1, 0, 1].map((i) => startMs + i * tapeStepMs)
    const [before, last, seam, after] = aroundMs.map((atMs) => tape.usdPrice(base, atMs))
    const usual = Math.max(...returnsOf(base, tapeStepMs).map(Math.abs))
    for (const [from, to] of [
      [before, last],
      [last, seam],
      [seam, after],
    ]) {
      expect(Math.abs(Math.log((to ?? 0) / (from ?? 0)))).toBeLessThanOrEqual(usual * 1.001)
    }
    expect(tape.usdPrice(base, startMs - 1)).toBeCloseTo(tape.usdPrice(base, startMs), 1)
  })

  test('shows another day a day later', () => {
    const day = 86_400_000
    const changes = assets
      .filter(({ kind }) => kind === 'floating')
      .map(({ base }) => tape.usdPrice(base, startMs) / tape.usdPrice(base, startMs - day) - 1)
    expect(changes.filter((change) => Math.abs(change) > 0.001).length).toBeGreaterThan(50)
    expect(Math.max(...changes.map(Math.abs))).toBeLessThan(0.2)
  })
})

describe('readTape', () => {
  test('refuses a tape that is cut short', () => {
    const bytes = makeTape()
    expect(() => readTape(bytes.subarray(0, bytes.length - 2))).toThrow(
      expect.objectContaining({ name: 'TapeError', code: 'tape-malformed' }),
    )
  })

  test('says which asset it does not have', () => {
    expect(() => tape.usdPrice('NOPE', 0)).toThrow(
      expect.objectContaining({ code: 'asset-unknown', message: 'The tape has no NOPE.' }),
    )
  })
})
