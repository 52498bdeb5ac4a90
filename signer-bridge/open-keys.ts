/** Opens the operator's keys: each from where it is, each held against the address it must have. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAddressEqual, isHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { KeySettings, PasswordPlace } from './key-settings.ts'
import { keyringOf } from './keyring.ts'
import { KeystoreError, readKeystore, unlock } from './keystore.ts'
import type { LedgerPin } from './ledger/open.ts'
import type { Keyring, Signer } from './roles.ts'
import { type Environment, secretIn, secretOf } from './secrets.ts'
import { SettingsError } from './settings-error.ts'

export type KeyDeps = {
  readonly chainId: number
  readonly env: Environment
  /** Asks a person at the terminal for a password. */
  readonly ask: (question: string) => Promise<string>
  /** Opens a key on a Ledger; absent where there is none to be opened. */
  readonly ledgerSigner?: (pin: LedgerPin) => Signer
}

/**
 * All of the keys, opened.
 *
 * @throws {KeystoreError} as `unlock` does, and `address-differs` for keys that lie elsewhere
 * @throws {SettingsError} `settings-invalid` if a key is nowhere; `secret-unreadable`
 */
export async function openKeyring(keys: readonly KeySettings[], deps: KeyDeps): Promise<Keyring> {
  const closed = []
  // One after the other: a person may be asked.
  for (const key of keys) closed.push({ key, open: await openerOf(key, deps) })
  const signers: Signer[] = []
  // A keystore takes a second of its own: not each alone, for a reveal may be owed.
  const atOnce = openedAtOnce(process.availableMemory())
  for (let first = 0; first < closed.length; first += atOnce) {
    const some = closed.slice(first, first + atOnce)
    signers.push(...(await Promise.all(some.map(({ open }) => open()))))
  }
  return keyringOf(
    closed.flatMap(({ key: { role, address, fromRewardEpoch } }, index) => {
      const signer = signers[index]
      return signer === undefined ? [] : [{ role, address, fromRewardEpoch, signer }]
    }),
  )
}

/** What scrypt takes while it opens a keystore of the usual strength (n = 2^18, r = 8). */
const openingBytes = 256 * 2 ** 20

/** One for each role that signs; who has more keys than that waits a second longer. */
const mostAtOnce = 3

/** How many keystores are opened at once: half of the memory that is free is left alone. */
export function openedAtOnce(freeBytes: number): number {
  return Math.max(1, Math.min(mostAtOnce, Math.floor(freeBytes / 2 / openingBytes)))
}

/** How to open a key, once a person has said what there is to be said. */
async function openerOf(key: KeySettings, deps: KeyDeps): Promise<() => Promise<Signer>> {
  const { role, address, place } = key
  switch (place.kind) {
    case 'keystore': {
      const keystore = readKeystore(textOf(place.file))
      const password = await passwordOf(place.password, place.file, deps)
      return () => unlock(keystore, password, { chainId: deps.chainId, address })
    }
    case 'env': {
      const account = accountIn(key, place.variable, deps.env)
      return async () => account
    }
    case 'ledger': {
      const { ledgerSigner } = deps
      const pin = { ledger: place.ledger, address }
      if (ledgerSigner !== undefined) return async () => ledgerSigner(pin)
      throw new SettingsError('settings-invalid', `The key for ${role} is on a Ledger.`)
    }
    case 'elsewhere':
      throw new SettingsError(
        'settings-invalid',
        `The settings do not say where the key for ${role}, ${address}, is. Only serve-protocol does without (doctor --for serve-protocol).`,
      )
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new SettingsError('settings-invalid', `The keystore ${file} cannot be read.`, { cause })
  }
}

async function passwordOf(
  place: PasswordPlace,
  keystoreFile: string,
  { env, ask }: KeyDeps,
): Promise<string> {
  switch (place.kind) {
    case 'usual':
      return secretOf('keystorePassword', env)
    case 'prompt':
      return await ask(`Password of ${keystoreFile}: `)
    case 'file':
      return secretIn(place.file)
    case 'credential': {
      const directory = env['CREDENTIALS_DIRECTORY']
      if (directory !== undefined) return secretIn(join(directory, place.name))
      throw new SettingsError('secret-unreadable', `systemd hands over no ${place.name}.`)
    }
  }
}

/** A key of the local network: open, and worth nothing. */
function accountIn({ role, address }: KeySettings, variable: string, env: Environment): Signer {
  const said = env[variable] ?? ''
  const text = (isKey(said) ? said : secretIn(said)).trim()
  if (!isKey(text)) {
    throw new SettingsError('secret-unreadable', `${variable} leads to no private key.`)
  }
  const account = privateKeyToAccount(text)
  if (isAddressEqual(account.address, address)) return account
  throw new KeystoreError(
    'address-differs',
    `${variable} holds ${account.address}, and the settings say ${address} for ${role}.`,
  )
}

const keyLength = 66

function isKey(text: string): text is `0x${string}` {
  return isHex(text) && text.length === keyLength
}
