/**
 * Records of a CSV text that comes in pieces, one at a time: memory holds one piece and one record,
 * however long the text is. Lines end in LF or CRLF; a field may be quoted, and then holds commas,
 * line breaks and doubled quotes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */

import { BacktestError } from './backtest-error.ts'

export type CsvRecord = {
  readonly fields: readonly string[]
  /** Where it begins: 1 is the first line. */
  readonly line: number
}

/** Characters of a record at most: a text without line breaks, or with one quote too many, ends here. */
export const maxRecordLength = 65_536

/**
 * Yields the records that end in each piece, without those of blank lines.
 *
 * @throws {BacktestError} `csv-malformed`
 */
export async function* csvRecords(
  pieces: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<readonly CsvRecord[]> {
  let line = 1
  let text = ''
  let isFirst = true
  for await (const piece of pieces) {
    text += isFirst ? piece.replace(/^\uFEFF/, '') : piece
    isFirst &&= piece === ''
    const records: CsvRecord[] = []
    let from = 0
    for (let end = endOf(text, from); end !== -1; end = endOf(text, from)) {
      const raw = text.slice(from, end)
      if (raw.trim() !== '') records.push({ fields: fieldsOf(raw, line), line })
      line += raw.includes('\n') ? raw.split('\n').length : 1
      from = end + 1
    }
    text = text.slice(from)
    if (text.length > maxRecordLength) throw tooLong(line)
    yield records
  }
  if (text.trim() !== '') yield [{ fields: fieldsOf(text, line), line }]
}

/** Where the record that begins at `from` ends: the first line break outside of quotes, or -1. */
function endOf(text: string, from: number): number {
  let end = text.indexOf('\n', from)
  let quote = text.indexOf('"', from)
  if (quote === -1 || (end !== -1 && quote > end)) return end

  let isQuoted = false
  let at = from
  while (quote !== -1 && (end === -1 || quote < end || isQuoted)) {
    isQuoted = !isQuoted
    at = quote + 1
    quote = text.indexOf('"', at)
    if (!isQuoted) end = text.indexOf('\n', at)
  }
  return isQuoted ? -1 : end
}

function fieldsOf(raw: string, line: number): string[] {
  if (raw.length > maxRecordLength) throw tooLong(line)
  const record = raw.endsWith('\r') ? raw.slice(0, -1) : raw
  if (!record.includes('"')) return record.split(',')

  const fields: string[] = []
  for (let at = 0; at <= record.length;) {
    const end = fieldEnd(record, at, { line, field: fields.length + 1 })
    const field = record.slice(at, end)
    fields.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field)
    at = end + 1
  }
  return fields
}

type Place = { readonly line: number; readonly field: number }

/** Where the field that begins at `from` ends: at a comma or at the record's end. */
function fieldEnd(record: string, from: number, place: Place): number {
  if (record[from] !== '"') {
    const end = commaFrom(record, from)
    if (record.slice(from, end).includes('"')) throw strayQuote(place)
    return end
  }
  const end = closingQuote(record, from, place.line) + 1
  if (end < record.length && record[end] !== ',') throw strayQuote(place)
  return end
}

function closingQuote(record: string, opening: number, line: number): number {
  let at = record.indexOf('"', opening + 1)
  while (at !== -1 && record[at + 1] === '"') at = record.indexOf('"', at + 2)
  if (at === -1) {
    throw new BacktestError('csv-malformed', `Line ${line}: a quote is opened and never closed.`)
  }
  return at
}

function commaFrom(record: string, from: number): number {
  const at = record.indexOf(',', from)
  return at === -1 ? record.length : at
}

function strayQuote({ line, field }: Place): BacktestError {
  return new BacktestError(
    'csv-malformed',
    `Line ${line}, field ${field}: a quote stands where none may; a field with quotes is quoted itself, and they are doubled.`,
  )
}

function tooLong(line: number): BacktestError {
  return new BacktestError(
    'csv-malformed',
    `Line ${line}: the record is longer than ${maxRecordLength} characters.`,
  )
}
