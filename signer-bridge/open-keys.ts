/** Opens the operator's keys: each from where it is, each held against the address it must have. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Address, isAddressEqual, isHex } from 'viem'
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

/** Keys of which some are still being opened: whoever asks one of them to sign waits for it. */
export type OpeningKeys = {
  readonly keyring: Keyring
  /** Fulfilled once those that reveals are sent with are open; rejected as `openKeyring` does. */
  readonly submitOpen: Promise<void>
  /** The same of all of them. */
  readonly allOpen: Promise<void>
}

/**
 * All of the keys, opened.
 *
 * @throws {KeystoreError} as `unlock` does, and `address-differs` for keys that lie elsewhere
 * @throws {SettingsError} `settings-invalid` if a key is nowhere; `secret-unreadable`
 */
export async function openKeyring(keys: readonly KeySettings[], deps: KeyDeps): Promise<Keyring> {
  const { keyring, allOpen } = await openingKeyring(keys, deps)
  await allOpen
  return keyring
}

/**
 * All of the keys, while their keystores are opened: a reveal may be owed, and each takes a second.
 * It takes 256 MiB, too, so that they are opened one after the other, first those that reveal.
 *
 * @throws {SettingsError} and {KeystoreError} as `openKeyring`, but for what opening itself finds.
 */
export async function openingKeyring(
  keys: readonly KeySettings[],
  deps: KeyDeps,
): Promise<OpeningKeys> {
  const found: { readonly key: KeySettings; readonly opener: Opener }[] = []
  // One after the other: a person may be asked.
  for (const key of keys) found.push({ key, opener: await openerOf(key, deps) })
  const opening = async (isWanted: (key: KeySettings) => boolean) => {
    for (const { key, opener } of found) if (isWanted(key)) await opener.open()
  }
  const submitOpen = opening(({ role }) => role === 'submit')
  const allOpen = submitOpen.then(() => opening(({ role }) => role !== 'submit'))
  // Whoever waits for them hears of it; a rejection that nobody hears yet would end the process.
  for (const open of [submitOpen, allOpen]) open.catch(() => {})
  const keyring = keyringOf(
    found.map(({ key: { role, address, fromRewardEpoch }, opener: { signer } }) => {
      return { role, address, fromRewardEpoch, signer }
    }),
  )
  return { keyring, submitOpen, allOpen }
}

type Opener = {
  readonly signer: Signer
  readonly open: () => Promise<unknown>
}

function opened(signer: Signer): Opener {
  return { signer, open: () => Promise.resolve() }
}

/** A signer that is there before its keystore is open; what it is asked waits for that. */
function openedLater(address: Address, unlocked: () => Promise<Signer>): Opener {
  let isOpen = false
  let account: Promise<Signer> | undefined
  const open = () => {
    account ??= unlocked().then((signer) => {
      isOpen = true
      return signer
    })
    return account
  }
  const signer: Signer = {
    address,
    isOpen: () => isOpen,
    signTransaction: async (...asked) => (await open()).signTransaction(...asked),
    signMessage: async (asked) => (await open()).signMessage(asked),
  }
  return { signer, open }
}

/** Who signs with a key, once a person has said what there is to be said. */
async function openerOf(key: KeySettings, deps: KeyDeps): Promise<Opener> {
  const { role, address, place } = key
  switch (place.kind) {
    case 'keystore': {
      const keystore = readKeystore(textOf(place.file))
      const password = await passwordOf(place.password, place.file, deps)
      const expected = { chainId: deps.chainId, address }
      return openedLater(address, () => unlock(keystore, password, expected))
    }
    case 'env': {
      return opened(accountIn(key, place.variable, deps.env))
    }
    case 'ledger': {
      const { ledgerSigner } = deps
      const pin = { ledger: place.ledger, address }
      if (ledgerSigner !== undefined) return opened(ledgerSigner(pin))
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
