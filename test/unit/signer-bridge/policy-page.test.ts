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

test.each(rows)('$item: its files are there, with its test', (row) => {
  const [source = ''] = row.where.match(/(?<=`)[^`]+/) ?? []
  expect(existsSync(new URL(source, house)), source).toBe(true)

  const { file, title, one } = namedIn(row.tested)
  const text = textOf(file)
  const places = placesOf(text, title)
  expect(places, `${file} has no test of this title: ${title}`).not.toEqual([])
  if (!isTemplate(title)) return expect(one).toBeUndefined()
  // The template stands as long as any of its rows: so the row is named, too.
  expect(one, 'a row of the table').toBeDefined()
  expect(places.map((at) => tableBefore(text, at)).join('\n')).toContain(one)
})

test.each(rows)('$item: its words are said somewhere', (row) => {
  for (const code of row.said.match(/(?<=`)[a-z]+(?:-[a-z]+)+(?=`)/g) ?? []) {
    expect(spoken.has(code), code).toBe(true)
  }
})

/** What a cell names: a file, a title, and of a test that is a table one of its rows. */
function namedIn(cell: string) {
  const found = /^`(?<file>[^`]+)` "(?<title>[^"]+)"(?: of "(?<one>[^"]+)")?$/.exec(cell)?.groups
  return { file: found?.['file'] ?? '', title: found?.['title'] ?? '', one: found?.['one'] }
}

function isTemplate(title: string): boolean {
  return /\$\w|%[a-z]/.test(title)
}

/** Where a title is given to a test that runs, or to a group of them. */
function placesOf(text: string, title: string): readonly number[] {
  const literal = title.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  const call = new RegExp(String.raw`(?<!\.skip|\.todo)\(\s*(['"\`])${literal}\1`, 'g')
  return [...text.matchAll(call)].map(({ index }) => index)
}

/** The rows of the table whose title is there. */
function tableBefore(text: string, at: number): string {
  return text.slice(text.lastIndexOf('.each', at), at)
}

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
