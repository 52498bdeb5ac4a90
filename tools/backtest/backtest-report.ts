/** What a backtest has found: as data for programs, and as tables for people. */

import { suspectedMirrors } from '../../src/core/mirrors.ts'
import { grouped, type Row, tableOf } from '../report.ts'
import type { Replayed } from './backtest.ts'
import type { ErrorSummary } from './error-tally.ts'
import type { Replay, ReplayOptions } from './replay.ts'
import type { SourceSummary } from './source-tally.ts'

export type FeedReport = {
  readonly symbol: string
  readonly ticks: number
  readonly without_quorum: number
  readonly split: number
  readonly low_quorum: number
  /** Against the truth; of `leave-one-out` against every source, faulty ones too. */
  readonly errors?: ErrorSummary
  /** Of `leave-one-out`: only against sources that agreed. */
  readonly errors_of_agreeing?: ErrorSummary
  /** Where the truth is known: of the quotes left out, those more than 10 bps off; and the reverse. */
  readonly precision?: number
  readonly recall?: number
  readonly alerts: number
  readonly sources: Readonly<Record<string, SourceSummary>>
  readonly suspected_mirrors: readonly string[]
  /** Rows that made no quote, by reason. */
  readonly dropped: Readonly<Record<string, number>>
}

export type BacktestReport = {
  readonly truth: ReplayOptions['truth']
  readonly cadence_ms: number
  readonly rows: number
  /** Rows that came more than a cadence too late, and were left out. */
  readonly late_rows: number
  readonly feeds: readonly FeedReport[]
}

export function reportOf(replayed: Replayed, options: ReplayOptions): BacktestReport {
  return {
    truth: options.truth,
    cadence_ms: options.cadenceMs,
    rows: replayed.rows,
    late_rows: replayed.late,
    feeds: replayed.feeds.map(feedReportOf),
  }
}

function feedReportOf(feed: Replay): FeedReport {
  const errors = feed.errors.summary()
  const errorsOfAgreeing = feed.errorsOfAgreeing.summary()
  const sources = [...feed.sources].map(([name, tally]) => [name, tally.summary()] as const)
  sources.sort(([left], [right]) => (left < right ? -1 : 1))
  return {
    symbol: feed.symbol,
    ticks: feed.ticks,
    without_quorum: feed.withoutQuorum,
    split: feed.split,
    low_quorum: feed.lowQuorum,
    ...(errors !== undefined && { errors }),
    ...(errorsOfAgreeing !== undefined && { errors_of_agreeing: errorsOfAgreeing }),
    ...detectionOf(sources.map(([, summary]) => summary)),
    alerts: sources.reduce((sum, [, { alerts }]) => sum + alerts, 0),
    sources: Object.fromEntries(sources),
    suspected_mirrors: suspectedMirrors(feed.memory.mirrors).map(
      ({ sources: pair, share }) => `${pair.join(' and ')} (${percent(share)})`,
    ),
    dropped: Object.fromEntries(feed.dropped),
  }
}

/** Standing is no detection: a source on probation or behind its group's speaker is not accused. */
const standing = ['on-probation', 'mirror'] as const

function detectionOf(sources: readonly SourceSummary[]): Pick<FeedReport, 'precision' | 'recall'> {
  let off = 0
  let caught = 0
  let accused = 0
  for (const { off: ownOff, off_and_rejected = 0, rejected } of sources) {
    if (ownOff === undefined) return {}
    off += ownOff
    caught += off_and_rejected
    for (const [reason, count] of Object.entries(rejected)) {
      if (!standing.some((harmless) => harmless === reason)) accused += count
    }
  }
  return {
    ...(accused > 0 && { precision: caught / accused }),
    ...(off > 0 && { recall: caught / off }),
  }
}

/** The report as text: one table of feeds, one of sources. */
export function reportText(report: BacktestReport): string {
  const { rows, late_rows, cadence_ms, feeds } = report
  const facts =
    `${grouped(rows)} rows, a tick every ${cadence_ms / 1_000} s, truth: ${report.truth}.` +
    (late_rows > 0 ? ` ${grouped(late_rows)} rows came too late and were left out.` : '')
  return [
    facts,
    tableOf(feeds.flatMap(errorRows)),
    tableOf(feeds.flatMap(sourceRows)),
    ...feeds.flatMap(({ symbol, suspected_mirrors, dropped }) => [
      ...suspected_mirrors.map((pair) => `${symbol}: ${pair} may be mirrors of one book.`),
      ...Object.entries(dropped).map(
        ([reason, count]) => `${symbol}: ${grouped(count)} times a row made no quote: ${reason}.`,
      ),
    ]),
  ].join('\n\n')
}

function errorRows(feed: FeedReport): Row[] {
  const { symbol, errors, errors_of_agreeing: agreeing } = feed
  if (errors === undefined) return [errorRow(feed, symbol, undefined)]
  const rows = [errorRow(feed, symbol, errors)]
  return agreeing === undefined
    ? rows
    : [...rows, errorRow(feed, `${symbol}, agreeing only`, agreeing)]
}

function errorRow(feed: FeedReport, name: string, errors: ErrorSummary | undefined): Row {
  const bps = (value: number | undefined) => (value === undefined ? '' : value.toFixed(2))
  const share = (value: number | undefined) => (value === undefined ? '' : percent(value))
  return {
    feed: name,
    ticks: grouped(feed.ticks),
    'no quorum': grouped(feed.without_quorum),
    judged: grouped(errors?.count ?? 0),
    'p50 bp': bps(errors?.p50_bps),
    'p95 bp': bps(errors?.p95_bps),
    'p99 bp': bps(errors?.p99_bps),
    'max bp': bps(errors?.max_bps),
    '≤ 50 bp': share(errors?.within_50_bps),
    '≤ 5 bp': share(errors?.within_5_bps),
    'in interval': share(errors?.coverage),
    precision: share(feed.precision),
    recall: share(feed.recall),
    alerts: grouped(feed.alerts),
  }
}

function sourceRows({ symbol, sources }: FeedReport): Row[] {
  return Object.entries(sources).map(([source, summary]) => ({
    feed: symbol,
    source,
    ticks: grouped(summary.ticks),
    'left out': percent(summary.rejected_share),
    why: Object.entries(summary.rejected)
      .map(([reason, count]) => `${reason} ${grouped(count)}`)
      .join(', '),
    alerts: grouped(summary.alerts),
    'mean share': percent(summary.mean_share),
    'mean distance bp': summary.mean_residual_bps.toFixed(2),
  }))
}

/** Two decimals, and never rounded up to all. */
function percent(share: number): string {
  return `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`
}
