/**
 * Figures in the documentation: a bench writes its table between two markers of a Markdown file,
 * so that no figure there was ever typed by hand.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'

/** A row of a table; the first row's keys are the head. */
export type Row = Readonly<Record<string, string>>

/**
 * Replaces what stands between `<!-- bench:name -->` and `<!-- /bench:name -->`. A file without the
 * markers gets them at its end; a file that does not exist is made.
 *
 * @throws {Error} if one marker is there without the other: whatever was meant, text would be lost.
 */
export function writeSection(file: string, name: string, markdown: string): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
  writeFileSync(file, withSection(before, name, markdown))
}

/** A Markdown text with a section replaced or appended. Throws like `writeSection`. */
export function withSection(text: string, name: string, markdown: string): string {
  const opening = `<!-- ${name} -->`
  const closing = `<!-- /${name} -->`
  const section = `${opening}\n\n${markdown.trim()}\n\n${closing}`

  const from = text.indexOf(opening)
  const to = text.indexOf(closing)
  if (from === -1 && to === -1) return `${text.trimEnd()}\n\n${section}\n`.trimStart()
  if (from === -1 || to < from) throw new Error(`The markers of "${name}" are not a pair.`)
  return text.slice(0, from) + section + text.slice(to + closing.length)
}

/** A Markdown table, its columns padded so that it reads well as plain text too. */
export function tableOf(rows: readonly Row[]): string {
  const heads = Object.keys(rows[0] ?? {})
  const widths = heads.map((head) =>
    Math.max(head.length, ...rows.map((row) => (row[head] ?? '').length)),
  )
  const lineOf = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  return [
    lineOf(heads),
    lineOf(widths.map((width) => '-'.repeat(width))),
    ...rows.map((row) => lineOf(heads.map((head) => row[head] ?? ''))),
  ].join('\n')
}

/** What a figure was measured on, in one line. */
export function machineFacts(date: string): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  return `Measured ${date} on ${model} (${availableParallelism()} cores), Node ${process.versions.node}.`
}

/** Today's date in UTC: `2026-01-31`. */
export function today(): string {
  return new Date().toISOString().slice(0, 10)
}

/** A whole number with its thousands set apart. */
export function grouped(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ')
}
