import { expect, test } from 'vitest'
import { sentencesOf } from '../../../signer-bridge/chain/refusals.ts'
import { printable, printableLines } from '../../../signer-bridge/printable.ts'

test.each([
  { name: 'an escape that moves the cursor', text: 'a\u001b[2Jb', is: 'a\\u{1b}[2Jb' },
  { name: 'one in a single character', text: 'a\u009b2Jb', is: 'a\\u{9b}2Jb' },
  {
    name: 'a bell, a backspace and a delete',
    text: '\u0007\u0008\u007f',
    is: '\\u{7}\\u{8}\\u{7f}',
  },
  { name: 'writing turned round', text: '\u202eevil\u2066', is: '\\u{202e}evil\\u{2066}' },
  { name: 'what takes no room', text: 'a\u200bb\ufeff', is: 'a\\u{200b}b\\u{feff}' },
  { name: 'half a character', text: 'a\ud800', is: 'a\\u{d800}' },
  { name: 'tags that nobody sees', text: 'a\u{e0041}', is: 'a\\u{e0041}' },
  { name: 'new lines, which are spaces', text: 'a\r\n\tb', is: 'a b' },
  { name: 'what people write', text: 'Größe: 5 € 漢 😀', is: 'Größe: 5 € 漢 😀' },
])('a terminal gets $name spelled out', ({ text, is }) => {
  expect(printable(text, 100)).toBe(is)
})

test('there is only so much of it, also where it grows by being spelled out', () => {
  expect(printable('abcdef', 6)).toBe('abcdef')
  expect(printable('abcdefg', 6)).toBe('abcde…')
  expect(printable('\u0001'.repeat(6), 6)).toBe('\\u{1}…')
})

test('of a message of ours the lines stay, and no more of them than anybody reads', () => {
  expect(printableLines('a\nb\u001b[31m')).toBe('a\nb\\u{1b}[31m')
  expect(printableLines('a\n'.repeat(1_000)).split('\n')).toHaveLength(100)
})

test('what a node says is so before anybody is shown it', () => {
  const error = Object.assign(new Error('no'), {
    shortMessage: 'Refused.\u001b]0;title\u0007',
    details: `\u202e${'x'.repeat(10_000)}`,
  })
  const said = sentencesOf(error)
  expect(said).toContain('Refused.\\u{1b}]0;title\\u{7} \\u{202e}xxx')
  expect(said.length).toBeLessThan(2_100)
})
