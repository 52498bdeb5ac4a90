/**
 * The Ethereum app's commands that this program uses, by Ledger's own library, which is handed no
 * resolution: it sends nothing but what is asked here, and asks no service on the network.
 */

import { createRequire } from 'node:module'
import { type Address, getAddress, type Hex, isAddress } from 'viem'
import { z } from 'zod'
import type { Transport } from './device.ts'
import { LedgerError } from './ledger-error.ts'
import { ledgerPathSchema } from './path.ts'

// Ledger's ES modules lack the endings that Node asks for, so its CommonJS ones are taken.
const require = createRequire(import.meta.url)

export type RunningApp = { readonly name: string; readonly version: string }

export type AppConfiguration = {
  /** Without it the app signs no transaction that has calldata. */
  readonly isBlindSigningOn: boolean
  readonly version: string
}

export type RawSignature = { readonly r: Hex; readonly s: Hex; readonly yParity: 0 | 1 }

export type EthereumApp = {
  /** Which app is open; answered by every app and by the dashboard. */
  readonly running: () => Promise<RunningApp>
  readonly configuration: () => Promise<AppConfiguration>
  /** @param isShown Whether the person has to compare it on the device's screen, which is a review. */
  readonly address: (path: string, isShown: boolean) => Promise<Address>
  /** Of an unsigned type-2 transaction, serialised. Takes as long as the person does. */
  readonly signTransaction: (path: string, unsigned: Hex) => Promise<RawSignature>
  /** Of 32 bytes, by EIP-191. Takes as long as the person does. */
  readonly signMessage: (path: string, bytes: Hex) => Promise<RawSignature>
}

const word = z.string().regex(/^[0-9a-f]{64}$/)
const transactionSignatureSchema = z.object({ v: z.enum(['00', '01']), r: word, s: word })
const messageSignatureSchema = z.object({ v: z.literal([27, 28]), r: word, s: word })
const configurationSchema = z.object({
  arbitraryDataEnabled: z.int(),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
})
const addressSchema = z.object({
  address: z
    .string()
    .refine((text) => isAddress(text))
    .transform((text) => getAddress(text)),
})

type AppLibrary = {
  readonly getAddress: (path: string, isShown: boolean) => Promise<unknown>
  readonly getAppConfiguration: () => Promise<unknown>
  /** `null`: sign blindly. If it is left out, the library asks Ledger's services. */
  readonly signTransaction: (path: string, unsigned: string, resolution: null) => Promise<unknown>
  readonly signPersonalMessage: (path: string, hex: string) => Promise<unknown>
}
const librarySchema = z.object({
  default: z.custom<new (transport: Transport) => AppLibrary>(
    (value) => typeof value === 'function',
  ),
})

/** The app behind a transport. One command at a time: the caller sees to that. */
export function ethereumAppOn(transport: Transport): EthereumApp {
  const library = libraryOn(transport)
  return {
    running: async () => runningIn(await transport.exchange(runningApdu)),
    configuration: async () => {
      const said = await answerTo(configurationSchema, library.getAppConfiguration())
      return { isBlindSigningOn: said.arbitraryDataEnabled === 1, version: said.version }
    },
    address: async (path, isShown) => {
      const asked = library.getAddress(checkedPath(path), isShown)
      return (await answerTo(addressSchema, asked)).address
    },
    signTransaction: async (path, unsigned) => {
      const asked = library.signTransaction(checkedPath(path), unsigned.slice(2), null)
      const { v, r, s } = await answerTo(transactionSignatureSchema, asked)
      return { r: `0x${r}`, s: `0x${s}`, yParity: v === '00' ? 0 : 1 }
    },
    signMessage: async (path, bytes) => {
      const asked = library.signPersonalMessage(checkedPath(path), bytes.slice(2))
      const { v, r, s } = await answerTo(messageSignatureSchema, asked)
      return { r: `0x${r}`, s: `0x${s}`, yParity: v === 27 ? 0 : 1 }
    },
  }
}

function libraryOn(transport: Transport): AppLibrary {
  // Not before a device is there: it is not small.
  const loaded: unknown = require('@ledgerhq/hw-app-eth')
  const Library = librarySchema.parse(loaded).default
  return new Library(transport)
}

/** "Which app is this?", a question to the operating system. */
const runningApdu = Buffer.from('b001000000', 'hex')

/**
 * Reads the answer: format 1, then name and version, each after its length.
 *
 * @throws {LedgerError} `ledger-failed` if it is cut short. A status word other than 9000 is thrown
 *   in the shape of Ledger's own errors.
 */
function runningIn(answer: Buffer): RunningApp {
  const statusCode = answer.length < 2 ? 0 : answer.readUInt16BE(answer.length - 2)
  if (statusCode !== 0x9000) throw Object.assign(new Error('The Ledger refused.'), { statusCode })
  const nameEnd = 2 + (answer[1] ?? 0)
  const versionEnd = nameEnd + 1 + (answer[nameEnd] ?? 0)
  if (answer[0] !== 1 || versionEnd > answer.length - 2) throw odd()
  return {
    name: answer.toString('ascii', 2, nameEnd),
    version: answer.toString('ascii', nameEnd + 1, versionEnd),
  }
}

/**
 * The library reads answers without looking whether they are whole: what it stumbles over is the
 * device's doing and no bug of ours.
 */
async function answerTo<T>(schema: z.ZodType<T>, asked: Promise<unknown>): Promise<T> {
  const said = await asked.catch((error: unknown) => {
    throw error instanceof TypeError || error instanceof RangeError ? odd(error) : error
  })
  const parsed = schema.safeParse(said)
  if (parsed.success) return parsed.data
  throw odd(parsed.error)
}

function odd(cause?: unknown): LedgerError {
  const what = 'The Ledger answered in a form that is not known.'
  return new LedgerError('ledger-failed', what, { cause })
}

function checkedPath(path: string): string {
  const parsed = ledgerPathSchema.safeParse(path)
  if (parsed.success) return parsed.data
  throw new LedgerError('ledger-path-malformed', `${path} is no path like 44'/60'/0'/0/0.`)
}
