/**
 * What the settings are before they are checked: the file, over it the environment, and over that
 * the flags. Each text is read as its setting is; where it came from is kept for the messages, and
 * what it says is in none of them.
 */

import { resolve } from 'node:path'
import { SettingsError } from './settings-error.ts'
import {
  flagOf,
  type SettingRow,
  settingsFileVariable,
  singleSettings,
  variableOf,
} from './setting-table.ts'
import { secretSources } from './secrets.ts'

/** Texts by the names of the settings, as flags gave them. */
export type Flags = Readonly<Record<string, string | undefined>>

export type Around = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly flags: Flags
}

export type Given = {
  readonly settings: unknown
  /** By the name of a setting: the variable or flag that gave it. */
  readonly origins: ReadonlyMap<string, string>
}

type Tree = { [name: string]: unknown }

/**
 * The settings of a file with those of the environment and the flags over them.
 *
 * @param content Of the file; an empty object where there is none.
 * @throws {SettingsError} `settings-invalid` for a variable of ours that is no setting.
 */
export function givenSettings(content: unknown, { env, flags }: Around): Given {
  refuseUnknown(content, env)
  const origins = new Map<string, string>()
  // What is no object is refused by the schema, whatever the environment says.
  if (!isTree(content)) return { settings: content, origins }
  const settings: Tree = structuredClone(content)
  for (const row of singleSettings()) {
    const flag = flags[row.name]
    const text = flag ?? env[variableOf(row)]
    // An empty variable is one that is not set; an empty flag is meant so.
    if (text === undefined || (flag === undefined && text === '')) continue
    put(settings, row.name.split('.'), valueOf(row, text))
    origins.set(row.name, flag === undefined ? variableOf(row) : flagOf(row))
  }
  return { settings, origins }
}

const truths = new Map([
  ['true', true],
  ['false', false],
])

/** A text as the file would have it. What cannot be read stays a text, which the schema refuses. */
function valueOf({ kind }: SettingRow, text: string): unknown {
  switch (kind) {
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
    case 'truth':
      return truths.get(text) ?? text
    case 'list':
      return text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
    case 'path':
      // In the file a path is taken from where the file is; here from where we are.
      return text === '' ? text : resolve(text)
    case 'text':
    case 'file':
      return text
  }
}

function put(tree: Tree, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path
  if (rest.length === 0) {
    tree[name] = value
    return
  }
  const known = tree[name] ?? {}
  // What is no object there is refused by the schema.
  if (!isTree(known)) return
  put(known, rest, value)
  tree[name] = known
}

/** A word that is spelled wrong would be a setting that silently does not hold. */
function refuseUnknown(content: unknown, env: Around['env']): void {
  const known = new Set<string>([
    settingsFileVariable,
    ...singleSettings().map(variableOf),
    ...Object.values(secretSources).map(({ variable }) => variable),
    ...variablesNamedIn(content),
  ])
  const unknown = Object.keys(env)
    .filter((name) => name.startsWith('CHRONO_') && !known.has(name))
    .toSorted()
  if (unknown.length === 0) return
  refuseSecretValues(unknown)
  const names = unknown.slice(0, maxNamed).join(', ')
  throw new SettingsError(
    'settings-invalid',
    `The environment has what is no setting: ${names}. \`chrono-bridge run --help\` lists them.`,
  )
}

/** A secret in the environment is seen by more than its owner: only its file is named there. */
function refuseSecretValues(unknown: readonly string[]): void {
  const variable = Object.values(secretSources)
    .map((source) => source.variable)
    .find((name) => unknown.includes(name.replace(/_FILE$/, '')))
  if (variable === undefined) return
  throw new SettingsError(
    'settings-invalid',
    `${variable.replace(/_FILE$/, '')} is in the environment: a secret is not given there. Put it into a file that its owner alone may read, and name that file by ${variable}.`,
  )
}

/** Enough to see what is meant. */
const maxNamed = 10

/** A key of the local network may lie in a variable that the settings name. */
function variablesNamedIn(content: unknown): readonly string[] {
  const keys = isTree(content) ? content['keys'] : undefined
  if (!Array.isArray(keys)) return []
  return keys.flatMap((key: unknown) =>
    isTree(key) && typeof key['env'] === 'string' ? [key['env']] : [],
  )
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
