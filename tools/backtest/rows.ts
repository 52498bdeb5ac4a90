/**
 * A row of the quotes that a backtest reads:
 *
 *     timestamp_ms,symbol,source,price,volume[,bid,ask][,truth]
 *
 * Columns stand in any order; those of other names are not looked at.
 */

import { ProtocolError } from '../../src/protocol/errors.ts'
import { feedSymbol, type FeedSymbol } from '../../src/protocol/feed.ts'
import { BacktestError } from './backtest-error.ts'
import type { CsvRecord } from './csv.ts'

const required = ['timestamp_ms', 'symbol', 'source', 'price', 'volume'] as const
const optional = ['bid', 'ask', 'truth'] as const
type Column = (typeof required)[number] | (typeof optional)[number]

export type Row = {
  /** When the source saw the price, Unix milliseconds. */
  readonly atMs: number
  readonly symbol: FeedSymbol
  readonly source: string
  /** NaN where the row has none: an exchange that answers without a price. */
  readonly price: number
  readonly volume: number
  readonly bid?: number
  readonly ask?: number
  /** The true price of that instant, where somebody knows. */
  readonly truth?: number
}

/** Characters of a source's name, as on the wire. */
const longestSource = 40

/** Reads the records after the header. */
export type RowReader = {
  readonly hasTruth: boolean
  /** @throws {BacktestError} `row-malformed`, naming line and column. */
  readonly read: (record: CsvRecord) => Row
}

/** @throws {BacktestError} `header-malformed` if a column is missing or there twice. */
export function rowReader(header: CsvRecord): RowReader {
  const names = header.fields.map((name) => name.trim().toLowerCase())
  const missing = required.find((name) => !names.includes(name))
  if (missing !== undefined) {
    throw new BacktestError(
      'header-malformed',
      `Line ${header.line}: the header has no column "${missing}"; it begins with ${required.join(',')}.`,
    )
  }
  for (const name of [...required, ...optional]) {
    if (names.indexOf(name) !== names.lastIndexOf(name)) {
      throw new BacktestError(
        'header-malformed',
        `Line ${header.line}: the header has the column "${name}" twice.`,
      )
    }
  }

  const places = new Map([...required, ...optional].map((name) => [name, names.indexOf(name)]))
  const symbols = new Map<string, FeedSymbol>()
  return {
    hasTruth: names.includes('truth'),
    read: (record) => {
      if (record.fields.length !== names.length) {
        throw new BacktestError(
          'row-malformed',
          `Line ${record.line}: ${record.fields.length} fields stand where the header has ${names.length} columns.`,
        )
      }
      return rowOf(record, places, symbols)
    },
  }
}

type Places = ReadonlyMap<Column, number>

function rowOf(record: CsvRecord, places: Places, symbols: Map<string, FeedSymbol>): Row {
  const text = (column: Column): string => (record.fields[places.get(column) ?? -1] ?? '').trim()
  const said = (column: 'bid' | 'ask' | 'truth'): number | undefined => {
    const value = numberOf(text(column), record, column)
    return value > 0 ? value : undefined
  }

  const atMs = Number(text('timestamp_ms'))
  if (!/^\d+$/.test(text('timestamp_ms')) || !Number.isSafeInteger(atMs)) {
    throw malformed(
      record,
      'timestamp_ms',
      text('timestamp_ms'),
      'no instant in whole milliseconds',
    )
  }
  const source = text('source')
  if (source === '' || source.length > longestSource) {
    throw malformed(record, 'source', source, `no name of 1 to ${longestSource} characters`)
  }
  const volume = numberOf(text('volume'), record, 'volume')
  const bid = said('bid')
  const ask = said('ask')
  const truth = said('truth')
  return {
    atMs,
    symbol: symbolOf(text('symbol'), record, symbols),
    source,
    price: numberOf(text('price'), record, 'price'),
    volume: volume > 0 ? volume : 0,
    ...(bid !== undefined && { bid }),
    ...(ask !== undefined && { ask }),
    ...(truth !== undefined && { truth }),
  }
}

/** Spellings of symbols remembered; the same few come in every row. */
const maxSpellings = 10_000

function symbolOf(text: string, record: CsvRecord, known: Map<string, FeedSymbol>): FeedSymbol {
  const remembered = known.get(text)
  if (remembered !== undefined) return remembered
  try {
    const symbol = feedSymbol(text)
    if (known.size < maxSpellings) known.set(text, symbol)
    return symbol
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    throw malformed(record, 'symbol', text, 'no symbol such as BTC/USD')
  }
}

/** What stands for no number in quotes of exchanges. */
const nothings = new Set([
  '',
  'nan',
  'null',
  'none',
  'na',
  'n/a',
  'inf',
  '-inf',
  'infinity',
  '-infinity',
])

/** NaN where nothing is said. */
function numberOf(text: string, record: CsvRecord, column: Column): number {
  if (nothings.has(text.toLowerCase())) return Number.NaN
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) {
    throw malformed(record, column, text, 'no number')
  }
  return Number(text)
}

function malformed(record: CsvRecord, column: Column, text: string, what: string): BacktestError {
  return new BacktestError(
    'row-malformed',
    `Line ${record.line}, column ${column}: "${text.slice(0, 40)}" is ${what}.`,
  )
}
