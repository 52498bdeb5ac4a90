import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { problems } from '../../../src/api/problem.ts'

/** Status by code, as the table of codes in `docs/api.md` has them. */
function documented(): Map<string, number> {
  const text = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8')
  const rows = text.matchAll(/^\| (`[a-z-]+`(?:, `[a-z-]+`)*) +\| (\d{3}) +\| \S/gm)
  return new Map(
    [...rows].flatMap(([, codes = '', status]) =>
      codes.split(', ').map((code) => [code.slice(1, -1), Number(status)] as const),
    ),
  )
}

test('docs/api.md has every code that a client may see, with its status, and no other', () => {
  const coded = Object.entries(problems).map(([code, [status]]) => [code, status] as const)
  expect(Object.fromEntries(documented())).toEqual(Object.fromEntries(coded))
})
