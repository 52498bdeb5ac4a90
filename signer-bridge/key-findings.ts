/**
 * What the doctor finds of the keys: whether each can be opened, and whether the devices that some are
 * on are ready. A device with which a running bridge may be in a review is not asked.
 */

import { type Check, type Finding, findingsOf } from './findings.ts'
import { JournalError } from './journal/database.ts'
import { type Desk, openDesk } from './ledger/desk.ts'
import { hasDevice, isDeviceHeld } from './ledger/held.ts'
import { openKeyring } from './open-keys.ts'
import { askHidden } from './prompt.ts'
import { type Environment, secretOf } from './secrets.ts'
import type { Settings } from './settings.ts'

/** The keys and the devices that some are on, which are opened once; none while a bridge is at them. */
export async function keyFindings(
  settings: Settings,
  env: Environment,
): Promise<readonly Finding[]> {
  let desk: Desk | undefined
  const note = whyNotAsked(settings)
  const keys =
    note === undefined
      ? settings.keys
      : settings.keys.filter(({ place }) => place.kind !== 'ledger')
  const opened = async () => {
    desk ??= await openDesk(keys, { chainId: settings.network.chainId, log: () => {} })
    return desk
  }
  const device: Check = {
    name: 'device',
    look: async () => {
      if (note !== undefined) return { note }
      const { check, sessions } = await opened()
      await check()
      return sessions.map((session) => `${session.name()} is ready`).join(', ')
    },
  }
  try {
    return await findingsOf([
      { name: 'keys', look: async () => checkKeys({ ...settings, keys }, env, await opened()) },
      { name: 'secrets', look: async () => checkSecrets(env) },
      ...(hasDevice(settings) ? [device] : []),
    ])
  } finally {
    desk?.end()
  }
}

/** Why nothing is sent to a device now; where nobody knows whether a bridge runs, nothing is either. */
function whyNotAsked(settings: Settings): string | undefined {
  try {
    return isDeviceHeld(settings)
      ? 'not asked: a bridge is running that may be in a review with it'
      : undefined
  } catch (error) {
    if (error instanceof JournalError) return `not asked: ${error.message}`
    throw error
  }
}

/** Unlocked, and each has the address of the settings, which are told apart when they are read. */
async function checkKeys(settings: Settings, env: Environment, desk: Desk): Promise<string> {
  const { chainId } = settings.network
  const terminal = { input: process.stdin, output: process.stderr }
  const ask = (question: string) => askHidden(question, terminal)
  const deps = { chainId, env, ask, ledgerSigner: desk.signerOf }
  const keyring = await openKeyring(settings.keys, deps)
  return keyring
    .keys()
    .map(({ role, address }) => `${role} ${address}`)
    .join(', ')
}

/** @throws {SettingsError} `secret-unreadable` */
export function checkSecrets(env: Environment): string {
  secretOf('operatorSecret', env)
  secretOf('bridgeSecret', env)
  return 'their owner alone may read them'
}
