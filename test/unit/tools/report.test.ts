import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { grouped, tableOf, withSection, writeSection } from '../../../tools/report.ts'

const section = (body: string) => `<!-- bench:core -->\n\n${body}\n\n<!-- /bench:core -->`

describe('withSection', () => {
  test('replaces what stands between its markers and nothing else', () => {
    const text = `# Figures\n\n${section('old')}\n\nAfter.\n`
    expect(withSection(text, 'bench:core', 'new')).toBe(
      `# Figures\n\n${section('new')}\n\nAfter.\n`,
    )
  })

  test('appends a section that is not there yet', () => {
    expect(withSection('# Figures\n', 'bench:core', 'new')).toBe(`# Figures\n\n${section('new')}\n`)
    expect(withSection('', 'bench:core', 'new')).toBe(`${section('new')}\n`)
  })

  test('writing twice changes nothing', () => {
    const once = withSection('# Figures\n', 'bench:core', 'new $& figures')
    expect(withSection(once, 'bench:core', 'new $& figures')).toBe(once)
  })

  test.each([
    { name: 'only an opening marker', text: '<!-- bench:core --> text' },
    { name: 'only a closing marker', text: 'text <!-- /bench:core -->' },
    { name: 'the markers the wrong way round', text: '<!-- /bench:core --> <!-- bench:core -->' },
  ])('refuses a text with $name', ({ text }) => {
    expect(() => withSection(text, 'bench:core', 'new')).toThrow('bench:core')
  })
})

test('writeSection makes the file where there is none, and rewrites it where there is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'report-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'performance.md')

  writeSection(file, 'bench:core', 'one')
  writeSection(file, 'bench:core', 'two')
  expect(readFileSync(file, 'utf8')).toBe(`${section('two')}\n`)
})

test('tableOf pads its columns', () => {
  expect(tableOf([{ what: 'mean', 'per second': '1' }])).toBe(
    '| what | per second |\n| ---- | ---------- |\n| mean | 1          |',
  )
})

test.each([
  { value: 999, text: '999' },
  { value: 1_000, text: '1 000' },
  { value: 1_234_567.8, text: '1 234 568' },
])('grouped writes $value as $text', ({ value, text }) => {
  expect(grouped(value)).toBe(text)
})
