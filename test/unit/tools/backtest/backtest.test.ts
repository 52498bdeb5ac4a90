import { describe, expect, test } from 'vitest'
import { defaultPolicy } from '../../../../src/core/policy.ts'
import { backtest, maxFeeds } from '../../../../tools/backtest/backtest.ts'
import {
  type BacktestReport,
  reportOf,
  reportText,
} from '../../../../tools/backtest/backtest-report.ts'
import { plotOf } from '../../../../tools/backtest/plot.ts'
import {
  maxSources,
  type ReplayOptions,
  type TruthKind,
} from '../../../../tools/backtest/replay.ts'
import { maxStretches } from '../../../../tools/backtest/timeline.ts'
import { type QuoteTape, quoteTape } from '../../../support/quote-tape.ts'

function options(truth: TruthKind): ReplayOptions {
  return { truth, policy: defaultPolicy, cadenceMs: 30_000 }
}

async function report(tape: QuoteTape, truth: TruthKind): Promise<BacktestReport> {
  return reportOf(await backtest(quoteTape(tape), options(truth)), options(truth))
}

/** Matches a number between two, both included. */
function within(least: number, most: number): unknown {
  return expect.toSatisfy((value: number) => value >= least && value <= most)
}

const faulty: QuoteTape = { ticks: 400, fault: { factor: 1.01, at: (tick) => tick % 40 >= 30 } }

describe('backtest', () => {
  test('against a column: errors are those of the noise, and the faulty source is caught', async () => {
    const { rows, late_rows, feeds } = await report(faulty, 'column')
    expect({ rows, late_rows }).toEqual({ rows: 2_000, late_rows: 0 })
    expect(feeds).toMatchObject([
      {
        symbol: 'BTC/USD',
        ticks: 400,
        without_quorum: 0,
        errors: {
          count: 400,
          p50_bps: within(0, 1.5),
          within_50_bps: 1,
          within_5_bps: within(0.95, 1),
          coverage: within(0.85, 1),
        },
        sources: { ex4: { ticks: 400, off: 100, off_and_rejected: within(95, 100) } },
        recall: within(0.95, 1),
        precision: within(0.8, 1),
      },
    ])
    expect(feeds[0]).not.toHaveProperty('errors_of_agreeing')
  })

  test('leave-one-out: each source against the others, the faulty one too', async () => {
    const { feeds } = await report(faulty, 'leave-one-out')
    const [feed] = feeds
    expect(feed?.errors?.count).toBe(2_000)
    expect(feed?.errors?.max_bps).toBeGreaterThan(90)
    expect(feed?.errors?.within_50_bps).toBeCloseTo(0.95, 2)
    expect(feed?.errors_of_agreeing?.max_bps).toBeLessThan(20)
    expect(feed).not.toHaveProperty('precision')
  })

  test('each tick is voted on with what the ticks before it taught', async () => {
    const { feeds } = await backtest(quoteTape({ ticks: 50 }), options('leave-one-out'))
    expect(feeds[0]?.memory.ticks).toBe(50)
    expect(feeds[0]?.memory.mirrors.tick).toBe(50)
    expect(feeds[0]?.memory.anomaly?.trails.size).toBe(5)
  })

  test('is the same however the text is cut into pieces', async () => {
    const whole = [...quoteTape({ ticks: 50 })].join('')
    const cut = Array.from({ length: Math.ceil(whole.length / 7) }, (_, i) =>
      whole.slice(7 * i, 7 * i + 7),
    )
    const run = async (pieces: Iterable<string>) =>
      reportOf(await backtest(pieces, options('column')), options('column'))
    expect(await run(cut)).toEqual(await run([whole]))
  })

  test('feeds do not disturb one another, whether their rows are mixed or in blocks', async () => {
    const symbols = ['BTC/USD', 'ETH/USD']
    const lines = [...quoteTape({ ticks: 60, symbols })].join('').split('\r\n')
    const [header = '', ...mixed] = lines.filter((line) => line !== '')
    const blocks = mixed.toSorted(
      (left, right) => (left.includes('BTC') ? 0 : 1) - (right.includes('BTC') ? 0 : 1),
    )
    const run = async (rows: readonly string[]) =>
      reportOf(await backtest([[header, ...rows].join('\n')], options('column')), options('column'))
    const { feeds, late_rows } = await run(blocks)
    expect(late_rows).toBe(0)
    expect(feeds).toEqual((await run(mixed)).feeds)
    expect(feeds.map(({ symbol }) => symbol)).toEqual(symbols)
  })

  test('memory is bounded by feeds and sources and not by the input', async () => {
    const symbols = ['BTC/USD', 'ETH/USD', 'XRP/USD']
    const short = await backtest(quoteTape({ ticks: 100, symbols }), options('column'))
    const long = await backtest(quoteTape({ ticks: 1_000, symbols }), options('column'))
    expect(long.rows).toBe(15_000)
    expect(long.mostHeld).toBe(short.mostHeld)
    expect(long.mostHeld).toBeLessThanOrEqual(3 * (5 * 3 + 3))
    for (const { timeline, errors } of long.feeds) {
      expect(timeline.stretches.length).toBeLessThanOrEqual(maxStretches)
      expect(errors.histogram().length).toBeLessThan(3_000)
    }
  })

  test('a price that is none, and a crossed book, make no quote and are told', async () => {
    const header = 'timestamp_ms,symbol,source,price,volume,bid,ask\n'
    const rows = [
      '30000,BTC,a,,1,,',
      '30000,BTC,b,0,1,,',
      '30000,BTC,c,5,1,6,4',
      '30000,BTC,d,5,1,,',
    ]
    const replayed = await backtest([header + rows.join('\n')], options('leave-one-out'))
    const told = reportOf(replayed, options('leave-one-out'))
    expect(told.feeds[0]).toMatchObject({
      ticks: 1,
      without_quorum: 1,
      dropped: { 'no-price': 2, 'crossed-book': 1 },
    })
    expect(reportText(told)).toContain('BTC/USD: 2 times a row made no quote: no-price.')
  })

  test.each([
    { name: 'nothing at all', text: '', says: 'there is no header' },
    {
      name: 'no truth where it is asked for',
      text: 'timestamp_ms,symbol,source,price,volume\n',
      says: 'no column "truth"',
    },
    {
      name: 'a row that is none',
      text: 'timestamp_ms,symbol,source,price,volume,truth\n1,BTC,a,x,1,1\n',
      says: 'Line 2, column price',
    },
  ])('refuses $name in one sentence', async ({ text, says }) => {
    await expect(backtest([text], options('column'))).rejects.toThrow(says)
  })

  test('refuses more feeds or sources than its limits', async () => {
    const header = 'timestamp_ms,symbol,source,price,volume\n'
    const feeds = Array.from({ length: maxFeeds + 1 }, (_, i) => `1,X${i},a,1,1`)
    await expect(
      backtest([header, feeds.join('\n')], options('leave-one-out')),
    ).rejects.toMatchObject({ code: 'too-much' })
    const sources = Array.from({ length: maxSources + 1 }, (_, i) => `1,BTC,s${i},1,1`)
    await expect(
      backtest([header, sources.join('\n')], options('leave-one-out')),
    ).rejects.toMatchObject({ code: 'too-much' })
  })
})

describe('reportText and plotOf', () => {
  test('show each feed', async () => {
    const replayed = await backtest(
      quoteTape({ ...faulty, symbols: ['BTC/USD', 'ETH/USD'] }),
      options('column'),
    )
    const text = reportText(reportOf(replayed, options('column')))
    expect(text).toContain('4 000 rows, a tick every 30 s, truth: column.')
    expect(text).toContain('| BTC/USD | ex4 ')
    const svg = plotOf(replayed.feeds)
    expect(svg.match(/<path /g)).toHaveLength(4)
    expect(svg).toContain('ETH/USD: error in bps over time')
    expect(svg).not.toContain('NaN')
  })

  test('a feed without a single error is drawn empty', async () => {
    const replayed = await backtest(
      ['timestamp_ms,symbol,source,price,volume\n1,BTC,a,1,1\n'],
      options('leave-one-out'),
    )
    expect(plotOf(replayed.feeds)).not.toContain('NaN')
    expect(reportText(reportOf(replayed, options('leave-one-out')))).toContain('BTC/USD')
  })
})
