/** The settings as options of a command, and what was given of them. Made of `setting-table.ts`. */

import { existsSync } from 'node:fs'
import { type Command, Option } from 'commander'
import type { Environment } from './secrets.ts'
import {
  fileSettings,
  flagOf,
  type SettingRow,
  settingsFileVariable,
  singleSettings,
  variableOf,
} from './setting-table.ts'
import { type Settings, settingsOf } from './settings.ts'

/** Looked for where nothing names another. */
const usualFile = 'chrono-bridge.json'

const forms = { text: 'text', path: 'file', number: 'number', truth: 'true|false', list: 'list' }

/** Gives a command the flag of each setting. */
export function withSettings(command: Command): Command {
  withSettingsFile(command)
  for (const row of singleSettings()) command.addOption(optionOf(row))
  return command.addHelpText(
    'after',
    `\nA flag goes before its variable, and a variable before the file. All are explained in\nsigner-bridge/README.md; in the file only: ${fileSettings().join(', ')}.`,
  )
}

/** Gives a command the flag that names the file of the settings. */
export function withSettingsFile(command: Command): Command {
  return command.option(
    '-s, --settings <file>',
    `settings, JSON (${settingsFileVariable}; else ${usualFile}, if it is there)`,
  )
}

/** What a command with these flags was given. */
export type GivenOptions = { readonly settings?: string } & Readonly<Record<string, unknown>>

/**
 * The settings by the flags of a command, the environment and the file.
 *
 * @throws {SettingsError} `settings-invalid`
 */
export function settingsBy(options: GivenOptions, env: Environment): Settings {
  const flags: Record<string, string> = {}
  for (const row of singleSettings()) {
    const given = options[optionOf(row).attributeName()]
    if (typeof given === 'string') flags[row.name] = given
  }
  const named = options.settings ?? (env[settingsFileVariable] || undefined)
  const file = named ?? (existsSync(usualFile) ? usualFile : undefined)
  return settingsOf(file, { env, flags })
}

function optionOf(row: SettingRow): Option {
  const form = row.kind === 'file' ? 'text' : forms[row.kind]
  const standard = row.standard ? `, ${row.standard}` : ''
  const list = row.kind === 'list' ? ', separated by commas' : ''
  const meaning = row.meaning.replaceAll('`', '')
  return new Option(
    `${flagOf(row)} <${form}>`,
    `${meaning}${list} (${variableOf(row)}${standard})`,
  ).helpGroup('Settings:')
}
