/**
 * A backtest over a stream of CSV: rows become ticks, ticks go through the replay of their feed, and
 * what is left is a report. Memory depends on how many feeds and sources there are, never on how long
 * the input is.
 */

import type { FeedSymbol } from '../../src/protocol/feed.ts'
import { BacktestError } from './backtest-error.ts'
import { csvRecords } from './csv.ts'
import { maxSources, Replay, type ReplayOptions } from './replay.ts'
import { type Row, rowReader, type RowReader } from './rows.ts'
import { TickMaker } from './tick-maker.ts'

/** Feeds of one input at most. */
export const maxFeeds = 1_000

export type Replayed = {
  /** Sorted by symbol. */
  readonly feeds: readonly Replay[]
  readonly rows: number
  /** Rows that came more than a cadence too late. */
  readonly late: number
  /** Most rows that were in memory at once. */
  readonly mostHeld: number
}

type Lane = { readonly maker: TickMaker; readonly replay: Replay; readonly sources: Set<string> }

/**
 * Runs a backtest.
 *
 * @param pieces The text of the input, in pieces of any length.
 * @throws {BacktestError} if the input makes no sense, naming line and column.
 */
export async function backtest(
  pieces: AsyncIterable<string> | Iterable<string>,
  options: ReplayOptions,
): Promise<Replayed> {
  const lanes = new Map<FeedSymbol, Lane>()
  let reader: RowReader | undefined
  let rows = 0
  let mostHeld = 0
  for await (const records of csvRecords(pieces)) {
    for (const record of records) {
      if (reader === undefined) reader = headerOf(record, options)
      else {
        takeRow(reader.read(record), lanes, options)
        rows += 1
      }
    }
    let held = 0
    for (const { maker } of lanes.values()) held += maker.held
    mostHeld = Math.max(mostHeld, held)
  }
  if (reader === undefined) {
    throw new BacktestError('header-malformed', 'Line 1: there is no header, and nothing else.')
  }

  let late = 0
  for (const { maker, replay } of lanes.values()) {
    for (const tick of maker.end()) replay.tick(tick)
    late += maker.late
  }
  const feeds = [...lanes.values()].map(({ replay }) => replay)
  feeds.sort((left, right) => (left.symbol < right.symbol ? -1 : 1))
  return { feeds, rows, late, mostHeld }
}

function headerOf(record: Parameters<typeof rowReader>[0], { truth }: ReplayOptions): RowReader {
  const reader = rowReader(record)
  if (truth === 'column' && !reader.hasTruth) {
    throw new BacktestError(
      'header-malformed',
      `Line ${record.line}: the header has no column "truth", which --truth column asks for.`,
    )
  }
  return reader
}

function takeRow(row: Row, lanes: Map<FeedSymbol, Lane>, options: ReplayOptions): void {
  const known = lanes.get(row.symbol)
  const lane = known ?? newLane(row.symbol, options)
  if (known === undefined) {
    if (lanes.size >= maxFeeds) {
      throw new BacktestError('too-much', `The input has more than ${maxFeeds} symbols.`)
    }
    lanes.set(row.symbol, lane)
  }
  if (!lane.sources.has(row.source)) {
    if (lane.sources.size >= maxSources) {
      throw new BacktestError('too-much', `${row.symbol} has more than ${maxSources} sources.`)
    }
    lane.sources.add(row.source)
  }
  for (const tick of lane.maker.take(row)) lane.replay.tick(tick)
}

function newLane(symbol: FeedSymbol, options: ReplayOptions): Lane {
  return {
    maker: new TickMaker(options.cadenceMs),
    replay: new Replay(symbol, options),
    sources: new Set(),
  }
}
