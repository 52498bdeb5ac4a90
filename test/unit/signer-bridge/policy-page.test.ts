import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const house = new URL('../../../', import.meta.url)
const textOf = (path: string) => readFileSync(new URL(path, house), 'utf8')

/** The rows of the page's table that name a file: item, where, what is said, tested by. */
const rows = textOf('docs/policy.md')
  .split('\n')
  .filter((line) => line.startsWith('|') && line.includes('`test/'))
  .map((line) => {
    const [, item = '', where = '', said = '', tested = ''] = line
      .split('|')
      .map((cell) => cell.trim())
    return { item, where, said, tested }
  })

test('the page has every item of the policy list', () => {
  const page = textOf('docs/policy.md')
  for (let item = 1; item <= 11; item += 1) expect(page).toContain(`| **${item}. `)
  expect(rows.length).toBeGreaterThan(40)
})

test.each(rows)('$item: its files are there, with its test and its words', (row) => {
  const [source = ''] = row.where.match(/(?<=`)[^`]+/) ?? []
  expect(existsSync(new URL(source, house)), source).toBe(true)

  const found = /^`(?<file>[^`]+)` "(?<title>.+)"$/.exec(row.tested)?.groups
  // As it stands in the file: of a test with many rows that is its template.
  expect(textOf(found?.['file'] ?? '')).toContain(found?.['title'])

  for (const code of row.said.match(/(?<=`)[a-z]+(?:-[a-z]+)+(?=`)/g) ?? []) {
    expect(spoken.has(code), code).toBe(true)
  }
})

/** Every code and event in quotes in the files that the page names. */
const spoken: ReadonlySet<string> = new Set(
  [...rows.map(({ where }) => where.replaceAll('`', '')), ...alsoSpeaking()].flatMap(
    (path) => textOf(path).match(/(?<=')[a-z]+(?:-[a-z]+)+(?=')/g) ?? [],
  ),
)

/** Where what was found elsewhere is told. */
function alsoSpeaking(): readonly string[] {
  return [
    'signer-bridge/guarding.ts',
    'signer-bridge/roots/sign-root.ts',
    'signer-bridge/roots/advance-root.ts',
  ]
}
