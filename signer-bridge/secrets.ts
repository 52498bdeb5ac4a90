/**
 * Secrets: each is the text of a file that its owner alone may read, named by the environment or
 * handed over by systemd. None is ever an argument, a setting or a variable's value.
 */

import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { minBridgeSecretLength } from '../src/protocol/bridge-auth.ts'
import { minOperatorSecretLength } from './random.ts'
import { SettingsError } from './settings-error.ts'

/** Where each is looked for: the file that a variable names, then a credential of systemd's. */
export const secretSources = {
  keystorePassword: {
    variable: 'CHRONO_KEYSTORE_PASSWORD_FILE',
    credential: 'keystore-password',
    minLength: 1,
  },
  /** Every random is derived from it: kept with the keystore's backups, and as well. */
  operatorSecret: {
    variable: 'CHRONO_OPERATOR_SECRET_FILE',
    credential: 'operator-secret',
    minLength: minOperatorSecretLength,
  },
  /** The Worker's setting BRIDGE_SECRET. */
  bridgeSecret: {
    variable: 'CHRONO_BRIDGE_SECRET_FILE',
    credential: 'bridge-secret',
    minLength: minBridgeSecretLength,
  },
  /** What flare-system-client sends as X-API-KEY; needed where others can reach the port. */
  protocolApiKey: {
    variable: 'CHRONO_PROTOCOL_API_KEY_FILE',
    credential: 'protocol-api-key',
    minLength: 16,
  },
  /** Sent to companions as X-API-KEY, where they want one. */
  companionApiKey: {
    variable: 'CHRONO_COMPANION_API_KEY_FILE',
    credential: 'companion-api-key',
    minLength: 1,
  },
} as const

export type SecretName = keyof typeof secretSources
export type Environment = Readonly<Record<string, string | undefined>>

/** Others than the owner, in a file's mode. */
const othersMask = 0o077

/**
 * A secret's text, without the line break at its end.
 *
 * @throws {SettingsError} `secret-unreadable` if nothing says where it is, the file cannot be read,
 *   others may read it, or it is too short. The message names the file and never its content.
 */
export function secretOf(name: SecretName, env: Environment): string {
  const { variable, credential, minLength } = secretSources[name]
  return secretIn(fileOf(variable, credential, env), minLength)
}

/**
 * The same of a file that is named otherwise.
 *
 * @throws {SettingsError} as `secretOf` does.
 */
export function secretIn(file: string, minLength = 1): string {
  const text = textIn(file).replace(/\r?\n$/, '')
  if (text.length < minLength) {
    throw new SettingsError('secret-unreadable', `${file} has fewer than ${minLength} characters.`)
  }
  return text
}

/**
 * A secret that need not be there.
 *
 * @returns `undefined` if no variable names its file and systemd hands over none.
 * @throws {SettingsError} as `secretOf` does, if it is there.
 */
export function optionalSecretOf(name: SecretName, env: Environment): string | undefined {
  const { variable, credential } = secretSources[name]
  const isNamed = (env[variable] ?? '') !== ''
  const directory = env['CREDENTIALS_DIRECTORY'] ?? ''
  const isHanded = directory !== '' && existsSync(join(directory, credential))
  return isNamed || isHanded ? secretOf(name, env) : undefined
}

function fileOf(variable: string, credential: string, env: Environment): string {
  const named = env[variable]
  if (named !== undefined && named !== '') return named
  const directory = env['CREDENTIALS_DIRECTORY']
  if (directory !== undefined && directory !== '') return join(directory, credential)
  throw new SettingsError(
    'secret-unreadable',
    `Set ${variable} to the file of this secret, or give systemd the credential ${credential}.`,
  )
}

function textIn(file: string): string {
  let mode: number
  let text: string
  try {
    mode = statSync(file).mode
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new SettingsError('secret-unreadable', `${file} cannot be read.`, { cause })
  }
  if (process.platform !== 'win32' && (mode & othersMask) !== 0) {
    throw new SettingsError(
      'secret-unreadable',
      `${file} can be read by others than its owner; chmod 600 it.`,
    )
  }
  return text
}
