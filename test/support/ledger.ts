/** Commands to an emulated Ledger, spelled field by field, and how a test speaks with one over HTTP. */

import {
  concat,
  type Hex,
  numberToHex,
  parseSignature,
  parseTransaction,
  serializeTransaction,
  size,
  slice,
  stringToHex,
  type TransactionSerializable,
} from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { z } from 'zod'
import { type LedgerEmulator, startLedgerEmulator } from '../../local/ledger-emulator.ts'
import { ledgerOptionsOf } from '../../local/ledger/options.ts'

/** What everybody knows from hardhat and anvil. */
export const mnemonic = 'test test test test test test test test test test test junk'
export const account = mnemonicToAccount(mnemonic)

const hardened = 0x8000_0000

/** The bytes of a path: how many levels, then each in four bytes. */
export function pathBytes(...levels: readonly number[]): Hex {
  return concat([
    numberToHex(levels.length, { size: 1 }),
    ...levels.map((level) => numberToHex(level, { size: 4 })),
  ])
}

/** `m/44'/{coin}'/0'/0/{index}`. */
export function accountPath(index = 0, coin = 60): Hex {
  return pathBytes(hardened + 44, hardened + coin, hardened, 0, index)
}

/** A command to the app: E0, the instruction, its parameters, the length, the data. */
export function command(ins: number, p1: number, p2: number, ...data: readonly Hex[]): string {
  const bytes = concat([...data, '0x'])
  const head = [0xe0, ins, p1, p2, size(bytes)].map((byte) => byte.toString(16).padStart(2, '0'))
  return `${head.join('')}${bytes.slice(2)}`
}

/** A start and continuations that carry some bytes in pieces of these sizes. */
export function chunked(ins: number, payload: Hex, sizes: readonly number[]): readonly string[] {
  let at = 0
  return sizes.map((length, i) => {
    const part = slice(payload, at, Math.min(size(payload), at + length))
    at += length
    return command(ins, i === 0 ? 0x00 : 0x80, 0, part)
  })
}

/** The command that signs a transaction which fits into one. */
export function signCommand(transaction: TransactionSerializable, path = accountPath()): string {
  return command(0x04, 0, 0, path, serializeTransaction(transaction))
}

/** The command that signs a message which fits into one. */
export function messageCommand(message: Hex, path = accountPath()): string {
  return command(0x08, 0, 0, path, numberToHex(size(message), { size: 4 }), message)
}

/** The answer that viem's own signer makes one expect: v as the device tells it, r, s, 9000. */
export async function transactionAnswer(transaction: TransactionSerializable): Promise<string> {
  const signed = parseTransaction(await account.signTransaction(transaction))
  const { r, s, yParity } = signed
  if (r === undefined || s === undefined || yParity === undefined) {
    throw new Error('Expected a signature.')
  }
  return `${numberToHex(toldV(transaction, yParity), { size: 1 }).slice(2)}${word(r)}${word(s)}9000`
}

/** The parity; of a legacy transaction what EIP-155 makes of it, cut to a byte. */
function toldV({ type, chainId }: TransactionSerializable, parity: number): number {
  if (type !== 'legacy') return parity
  return chainId === undefined ? 27 + parity : (chainId * 2 + 35 + parity) % 256
}

/** The same of a signature over a message or typed data, where v is 27 or 28. */
export function signatureAnswer(signature: Hex): string {
  const { r, s, yParity } = parseSignature(signature)
  return `${numberToHex(27 + yParity, { size: 1 }).slice(2)}${word(r)}${word(s)}9000`
}

function word(value: Hex): string {
  return value.slice(2).padStart(64, '0')
}

/** ASCII as the device tells an address. */
export function ascii(text: string): string {
  return stringToHex(text).slice(2)
}

const answerSchema = z.strictObject({ data: z.string() })
const eventsSchema = z.object({ events: z.array(z.object({ text: z.string() })) })
const stateSchema = z.object({
  app: z.string(),
  reviewing: z.string().nullable(),
  screen: z.array(z.string()),
  tally: z.object({
    commands: z.int(),
    approved: z.int(),
    refused: z.int(),
    unsent: z.int(),
    superseded: z.int(),
    crashes: z.int(),
  }),
})

/** Nothing here takes nearly as long. */
const patienceMs = 10_000

/** One emulator and what can be asked of it. */
export class Ledger {
  readonly emulator: LedgerEmulator

  constructor(emulator: LedgerEmulator) {
    this.emulator = emulator
  }

  static async start(...args: readonly string[]): Promise<Ledger> {
    const options = ledgerOptionsOf(['--port', '0', ...args])
    if (options === 'help') throw new Error('Expected options.')
    return new Ledger(await startLedgerEmulator(options))
  }

  async ask(path: string, init: RequestInit = {}): Promise<unknown> {
    const signal = init.signal ?? AbortSignal.timeout(patienceMs)
    const response = await fetch(`${this.emulator.url}${path}`, { ...init, signal })
    return response.json()
  }

  async post(path: string, body: unknown, init: RequestInit = {}): Promise<unknown> {
    return this.ask(path, { ...init, method: 'POST', body: JSON.stringify(body) })
  }

  /** Sends a command and returns the device's answer in hexadecimal digits. */
  async send(apdu: string, signal?: AbortSignal): Promise<string> {
    const init = signal === undefined ? {} : { signal }
    return answerSchema.parse(await this.post('/apdu', { data: apdu }, init)).data
  }

  /** Sends commands one after the other. */
  async sendAll(apdus: readonly string[]): Promise<readonly string[]> {
    const answers: string[] = []
    for (const apdu of apdus) answers.push(await this.send(apdu))
    return answers
  }

  async order(order: unknown): Promise<z.infer<typeof stateSchema>> {
    return stateSchema.parse(await this.post('/control', order))
  }

  async state(): Promise<z.infer<typeof stateSchema>> {
    return stateSchema.parse(await this.ask('/control'))
  }

  /** Waits until a review is on the screen. */
  async reviewing(): Promise<void> {
    const untilMs = performance.now() + patienceMs
    while ((await this.state()).reviewing === null) {
      if (performance.now() > untilMs) throw new Error('No review appeared.')
    }
  }

  async press(button: 'left' | 'right' | 'both', times = 1): Promise<void> {
    for (let i = 0; i < times; i++) {
      await this.post(`/button/${button}`, { action: 'press-and-release' })
    }
  }

  async texts(): Promise<readonly string[]> {
    return eventsSchema.parse(await this.ask('/events')).events.map(({ text }) => text)
  }
}
