/** The commands as they are defined, held against the README and against what an operator expects. */

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { commandLine } from '../../../signer-bridge/command-line.ts'
import { fileSettings, flagOf, singleSettings } from '../../../signer-bridge/setting-table.ts'
import { tableIn } from '../../support/markdown-table.ts'

type Command = ReturnType<typeof commandLine>

const program = () =>
  commandLine({
    env: {},
    print: () => {},
    warn: () => {},
    log: () => {},
    onEnd: () => {},
    exitWith: () => {},
  })

/** The commands that do something, by their whole names. */
function commandsIn(
  command: Command,
  path: readonly string[] = [],
): readonly (readonly [string, Command])[] {
  return command.commands.flatMap((inner) => {
    const name = [...path, inner.name()]
    return inner.commands.length > 0 ? commandsIn(inner, name) : [[name.join(' '), inner] as const]
  })
}

const ofSettings = new Set(['--settings', ...singleSettings().map(flagOf)])
const flagsOf = ({ options }: Command) =>
  options.map(({ long }) => long ?? '?').filter((flag) => !ofSettings.has(flag))

describe('the table of commands in the README', () => {
  const page = readFileSync(new URL('../../../signer-bridge/README.md', import.meta.url), 'utf8')
  const rows = tableIn(page, ['command', 'what it does']).map(([call = '', what = '']) => {
    const words = call.replaceAll('`', '').split(' ')
    return {
      name: words.filter((word) => /^[a-z]/.test(word)).join(' '),
      text: `${call} ${what}`,
    }
  })
  const commands = commandsIn(program())

  test('has each command, and no other', () => {
    const named = [...new Set(rows.map(({ name }) => name))]
    expect(named.toSorted()).toEqual(commands.map(([name]) => name).toSorted())
  })

  test.each(commands)('has each flag of %s, and no other', (name, command) => {
    const text = rows.flatMap((row) => (row.name === name ? [row.text] : [])).join(' ')
    const said = [...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([flag]) => flag)
    const told = [...new Set(said)].filter((flag) => !ofSettings.has(flag))
    expect(told.toSorted()).toEqual(flagsOf(command).toSorted())
  })
})

test('the help says which settings are in the file only, as the table has them', () => {
  const run = program().commands.find((command) => command.name() === 'run')
  let help = ''
  run?.configureOutput({ writeOut: (text) => void (help += text) }).outputHelp()
  expect(fileSettings()).toEqual(['keys', 'companions', 'claim_recipients'])
  expect(help).toContain('in the file only: keys, companions, claim_recipients.')
})

test('a status that is drawn is refused for a program, in a sentence', async () => {
  const refused = program()
  let said = ''
  for (const command of [refused, ...refused.commands]) {
    command.exitOverride().configureOutput({ writeErr: (text) => void (said += text) })
  }
  await expect(
    refused.parseAsync(['status', '--watch', '--json'], { from: 'user' }),
  ).rejects.toMatchObject({ code: 'commander.conflictingOption' })
  expect(said).toContain("option '-w, --watch' cannot be used with option '--json'")
})
