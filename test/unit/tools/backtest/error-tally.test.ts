import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { percentile } from '../../../../tools/bench/figures.ts'
import { ErrorTally } from '../../../../tools/backtest/error-tally.ts'
import { maxStretches, Timeline } from '../../../../tools/backtest/timeline.ts'

describe('ErrorTally', () => {
  test('property: percentiles are true to 1 %, and the largest is exact', () => {
    const error = fc.double({ min: -1e6, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(fc.array(error, { minLength: 1, maxLength: 50 }), (errors) => {
        const tally = new ErrorTally()
        for (const bps of errors) tally.add(bps, 1)
        const sizes = errors.map(Math.abs)
        const summary = tally.summary()
        for (const [part, value] of [
          [0.5, summary?.p50_bps],
          [0.9, summary?.p90_bps],
          [0.99, summary?.p99_bps],
        ] as const) {
          const exact = percentile(sizes, part)
          expect(value).toBeGreaterThanOrEqual(exact * (1 - 1e-9))
          expect(value).toBeLessThanOrEqual(Math.max(exact * 1.011, 1.01e-4))
        }
        expect(summary?.max_bps).toBe(Math.max(...sizes))
        expect(summary?.count).toBe(errors.length)
      }),
    )
  })

  test('counts what is within its bounds, both ends included', () => {
    const tally = new ErrorTally()
    for (const bps of [-5, 5.01, 50, -50.01]) tally.add(bps, 5.01)
    expect(tally.summary()).toMatchObject({
      within_5_bps: 0.25,
      within_50_bps: 0.75,
      coverage: 0.5,
      bias_bps: 0,
    })
    expect(new ErrorTally().summary()).toBeUndefined()
  })

  test('errors beyond its scale are in the last bin, and the largest is told as it is', () => {
    const tally = new ErrorTally()
    tally.add(1e30, 0)
    expect(tally.summary()).toMatchObject({ p50_bps: 1e30, max_bps: 1e30 })
  })
})

describe('Timeline', () => {
  test('joins neighbours when there are too many, and loses none', () => {
    const timeline = new Timeline(1_000)
    for (let i = 0; i < 10_000; i += 1) timeline.add(i * 1_000, i === 7_777 ? -99 : 1)
    const { stretches } = timeline
    expect(stretches.length).toBeLessThanOrEqual(maxStretches)
    expect(stretches.length).toBeGreaterThanOrEqual(maxStretches / 4)
    expect(stretches.reduce((sum, { count }) => sum + count, 0)).toBe(10_000)
    expect(Math.max(...stretches.map(({ maxBps }) => maxBps))).toBe(99)
    expect(stretches[0]).toMatchObject({ fromMs: 0, meanBps: 1 })
  })

  test('however far apart instants lie, it comes to an end', () => {
    const timeline = new Timeline(1)
    for (let i = 0; i <= maxStretches; i += 1) timeline.add(i * 1e9, 1)
    expect(timeline.stretches.length).toBeLessThanOrEqual(maxStretches)
  })
})
