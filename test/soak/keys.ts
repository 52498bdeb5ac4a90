/** The provider's keys: the same on both hosts, on a device or in keystores of the usual strength. */

import { randomBytes } from 'node:crypto'
import { Keystore } from 'ox'
import { type Hex, toHex } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import type { SignerKind } from './places.ts'

export type SoakKey = {
  readonly role: 'submit' | 'submitSignatures' | 'signingPolicy'
  readonly address: Hex
  /** On a device. */
  readonly path: string
  /** Web3 secret storage, as JSON; empty for keys on a device. */
  readonly keystore: string
}

/** What geth writes unless told otherwise. */
const strength = { n: 2 ** 18, r: 8, p: 1 }

export function keysOf(
  mnemonic: string,
  password: string,
  signer: SignerKind,
): readonly [SoakKey, SoakKey, SoakKey] {
  const keyAt = (role: SoakKey['role'], addressIndex: number): SoakKey => {
    const account = mnemonicToAccount(mnemonic, { addressIndex })
    const { privateKey } = account.getHdKey()
    if (privateKey === null || privateKey === undefined) throw new Error('A derived key is one.')
    return {
      role,
      address: account.address,
      path: `44'/60'/0'/0/${addressIndex}`,
      keystore: signer === 'keystore' ? keystoreOf(toHex(privateKey), password) : '',
    }
  }
  return [keyAt('submit', 0), keyAt('submitSignatures', 1), keyAt('signingPolicy', 2)]
}

function keystoreOf(privateKey: Hex, password: string): string {
  const [key, options] = Keystore.scrypt({ password, ...strength, iv: randomBytes(16) })
  return JSON.stringify(Keystore.encrypt(privateKey, key, options))
}
