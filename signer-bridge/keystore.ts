/**
 * Keys at rest: Web3 Secret Storage, version 3. A keystore made for development says so in itself
 * and is refused where a key can move real funds.
 */

import { pbkdf2, randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { bytesToHex, type Hex } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import * as Keystore from 'ox/Keystore'
import { z } from 'zod'
import { OracleError } from '../src/protocol/errors.ts'
import type { Signer } from './roles.ts'

export class KeystoreError extends OracleError<
  'keystore-malformed' | 'keystore-locked' | 'development-keystore' | 'address-differs'
> {}

/** Flare and Songbird: a development key has no business there. */
export const mainnetChainIds: ReadonlySet<number> = new Set([14, 19])

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-fA-F]{${bytes * 2}}$`))

/** Bounds what deriving a key can take, so that a file cannot hang the start. */
const maxScryptCost = 2 ** 20
const maxIterations = 10_000_000

const scryptSchema = z.object({
  kdf: z.literal('scrypt'),
  kdfparams: z.object({
    dklen: z.literal(32),
    n: z.int().min(2).max(maxScryptCost),
    p: z.int().min(1).max(64),
    r: z.int().min(1).max(64),
    salt: z.string().regex(/^([0-9a-fA-F]{2})+$/),
  }),
})
const pbkdf2Schema = z.object({
  kdf: z.literal('pbkdf2'),
  kdfparams: z.object({
    dklen: z.literal(32),
    c: z.int().min(1).max(maxIterations),
    prf: z.literal('hmac-sha256'),
    salt: z.string().regex(/^([0-9a-fA-F]{2})+$/),
  }),
})
const cipherSchema = z.object({
  cipher: z.literal('aes-128-ctr'),
  ciphertext: hex(32),
  cipherparams: z.object({ iv: hex(16) }),
  mac: hex(32),
})

const keystoreSchema = z.object({
  version: z.literal(3),
  id: z.string(),
  /** Not to be trusted: the key says which address it has. */
  address: z.string().optional(),
  crypto: z.discriminatedUnion('kdf', [
    scryptSchema.extend(cipherSchema.shape),
    pbkdf2Schema.extend(cipherSchema.shape),
  ]),
  /** Ours: the key is for development and worth nothing. */
  chrono_development: z.boolean().optional(),
})
export type KeystoreFile = z.infer<typeof keystoreSchema>

/**
 * Reads a keystore's text; nothing is decrypted yet.
 *
 * @throws {KeystoreError} `keystore-malformed`
 */
export function readKeystore(text: string): KeystoreFile {
  try {
    return keystoreSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new KeystoreError(
      'keystore-malformed',
      'The keystore is no Web3 secret storage, version 3.',
      {
        cause,
      },
    )
  }
}

/**
 * The signer that a keystore holds.
 *
 * @throws {KeystoreError} `development-keystore` if it is one and the chain is a mainnet;
 *   `keystore-locked` if the password is wrong; `address-differs` if it holds another key than
 *   the pinned address says.
 */
export async function unlock(
  keystore: KeystoreFile,
  password: string,
  expected: { readonly chainId: number; readonly address: string },
): Promise<Signer> {
  if (keystore.chrono_development === true && mainnetChainIds.has(expected.chainId)) {
    throw new KeystoreError(
      'development-keystore',
      `A development keystore is refused on chain ${expected.chainId}.`,
    )
  }
  const account = privateKeyToAccount(await privateKeyOf(keystore, password))
  if (account.address.toLowerCase() !== expected.address.toLowerCase()) {
    throw new KeystoreError(
      'address-differs',
      `The keystore holds ${account.address}, and the settings say ${expected.address}.`,
    )
  }
  return account
}

/** The address of a keystore's key, which takes its password: the file could say anything. */
export async function addressIn(keystore: KeystoreFile, password: string): Promise<string> {
  return privateKeyToAccount(await privateKeyOf(keystore, password)).address
}

/**
 * A new encrypted keystore for development.
 *
 * @param privateKey A key that is publicly known, say; without it a new one is drawn.
 */
export function developmentKeystore(
  password: string,
  privateKey: Hex = generatePrivateKey(),
): { readonly address: string; readonly keystore: KeystoreFile } {
  const { address } = privateKeyToAccount(privateKey)
  const [key, options] = Keystore.scrypt({
    password,
    n: developmentScryptCost,
    iv: randomBytes(16),
  })
  const keystore = Keystore.encrypt(privateKey, key, options)
  return {
    address,
    keystore: keystoreSchema.parse({
      ...keystore,
      address: address.slice(2).toLowerCase(),
      chrono_development: true,
    }),
  }
}

/** Low: such a key protects nothing, and a start is not to take seconds. */
const developmentScryptCost = 2 ** 13

async function privateKeyOf(keystore: KeystoreFile, password: string): Promise<Hex> {
  const key = await derivedKey(keystore, password)
  try {
    return Keystore.decrypt(asOx(keystore), key)
  } catch (cause) {
    throw new KeystoreError('keystore-locked', 'The password does not open the keystore.', {
      cause,
    })
  }
}

/**
 * By the platform where that will: ox derives in JavaScript, for seconds and with all the memory on
 * the heap. OpenSSL holds to the RFC's limit, n below 2^16r, which the format's own example is over.
 *
 * @see https://datatracker.ietf.org/doc/html/rfc7914#section-6
 */
async function derivedKey(keystore: KeystoreFile, password: string): Promise<Keystore.Key> {
  const { crypto } = keystore
  const salt = Buffer.from(crypto.kdfparams.salt, 'hex')
  const { dklen } = crypto.kdfparams
  if (crypto.kdf === 'pbkdf2') {
    return bytesToHex(await pbkdf2Async(password, salt, crypto.kdfparams.c, dklen, 'sha256'))
  }
  const { n, r, p } = crypto.kdfparams
  if (n >= 2 ** (16 * r)) return Keystore.toKey(asOx(keystore), { password })
  const derived = await new Promise<Buffer>((resolve, reject) => {
    scrypt(password, salt, dklen, { N: n, r, p, maxmem: 256 * r * (n + p + 1) }, (error, bytes) => {
      if (error === null) resolve(bytes)
      else reject(error)
    })
  })
  return bytesToHex(derived)
}

const pbkdf2Async = promisify(pbkdf2)

function asOx({ version, id, crypto }: KeystoreFile): Keystore.Keystore {
  return { version, id, crypto }
}
