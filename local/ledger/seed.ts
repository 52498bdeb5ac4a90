/**
 * The emulated device's secret: a BIP-39 mnemonic and the BIP-32 keys below it. Words are checked
 * and their checksum is not, as Speculos does. It is never logged.
 */

import { pbkdf2Sync } from 'node:crypto'
import * as Secp256k1 from 'ox/Secp256k1'
import { bytesToHex, getAddress, type Hex, hexToBytes, keccak256 } from 'viem'
import { english, HDKey } from 'viem/accounts'
import { type Path, pathText } from './path.ts'

export type Key = {
  /** With 0x and EIP-55's capitals. */
  readonly address: string
  /** 65 bytes, uncompressed. */
  readonly publicKey: Uint8Array
  /** 32 bytes. */
  readonly chainCode: Uint8Array
  /** Signs a hash of 32 bytes: deterministic (RFC 6979), low s. */
  readonly sign: (hash: Hex) => Signed
}

export type Signed = {
  readonly parity: 0 | 1
  /** r and s, 32 bytes each. */
  readonly rs: Uint8Array
}

/** Finds the key at a path. */
export type Seed = (path: Path) => Key

/** The mnemonic that everybody knows from hardhat and anvil; its keys are worth nothing. */
export const publicMnemonic = 'test test test test test test test test test test test junk'

/** BIP-39's own numbers. */
const wordCounts: ReadonlySet<number> = new Set([12, 15, 18, 21, 24])
const stretchings = 2_048
const seedBytes = 64

/** Keys are derived anew only for paths that were not asked for lately. */
const maxRemembered = 256

/**
 * The keys below a mnemonic (without a passphrase).
 *
 * @throws {Error} in one sentence, if it is none; the sentence does not repeat it.
 */
export function seedOf(mnemonic: string): Seed {
  const words = mnemonic.normalize('NFKD').trim().split(/\s+/)
  if (!wordCounts.has(words.length)) {
    throw new Error(`A mnemonic has 12, 15, 18, 21 or 24 words, this one has ${words.length}.`)
  }
  if (words.some((word) => !english.includes(word))) {
    throw new Error('The mnemonic has a word that is not in the English list of BIP-39.')
  }
  const master = HDKey.fromMasterSeed(
    pbkdf2Sync(words.join(' '), 'mnemonic', stretchings, seedBytes, 'sha512'),
  )
  const remembered = new Map<string, Key>()

  return (path) => {
    const text = pathText(path)
    const known = remembered.get(text)
    if (known !== undefined) return known
    const key = keyOf(master.derive(text))
    if (remembered.size >= maxRemembered) remembered.clear()
    remembered.set(text, key)
    return key
  }
}

function keyOf({ privateKey, chainCode }: HDKey): Key {
  // Both are missing only in keys that were made without them, and a seed makes them.
  if (!privateKey || !chainCode) throw new Error('Expected a key with its secret.')
  const secret = bytesToHex(privateKey)
  const publicKey = hexToBytes(publicHex(secret))
  return {
    // An address is the end of the hash of the public key without its first byte.
    address: getAddress(`0x${keccak256(publicKey.slice(1)).slice(-40)}`),
    publicKey,
    chainCode,
    sign(hash) {
      const { r, s, yParity } = Secp256k1.sign({
        payload: hash,
        privateKey: secret,
        extraEntropy: false,
      })
      return { parity: yParity === 1 ? 1 : 0, rs: hexToBytes(`0x${word(r)}${word(s)}`) }
    },
  }
}

function publicHex(privateKey: Hex): Hex {
  const { x, y } = Secp256k1.getPublicKey({ privateKey })
  return `0x04${word(x)}${word(y ?? 0n)}`
}

function word(value: bigint): string {
  return value.toString(16).padStart(64, '0')
}
