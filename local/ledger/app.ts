/**
 * The Ethereum app 1.22.0: what it answers to a command, given what it remembers. Pure: keys and
 * chance are handed in, and what a person does with a review is somebody else's.
 *
 * Where commands arrive in the middle of something it does as the genuine app was seen to do: an
 * answer given during a review costs the review its own, a look at a key during one wipes what the
 * review needs (approving it then crashes the app), a new transaction supersedes whatever was.
 * The instructions that explain calldata (clear signing, plugins, validators) are not here.
 */

import { type Apdu, apduOf } from './apdu.ts'
import type { Memory } from './memory.ts'
import { publicKey } from './public-key.ts'
import { signMessage } from './sign-message.ts'
import { signTransaction } from './sign-transaction.ts'
import { signTypedData } from './sign-typed-data.ts'
import { type AppSettings, answered, failed, type Turn, type World } from './turn.ts'

type Handler = (memory: Memory, apdu: Apdu, world: World) => Turn

export const appName = 'Ethereum'
export const appVersion = '1.22.0'

const blindSigningFlag = 0x01
/** The host has to provide what the app does not know of tokens: always set. */
const provisioningFlag = 0x02

const appClass = 0xe0

const handlers: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [0x02, publicKey],
  [0x04, signTransaction],
  [0x06, (memory, _, { settings }) => answered(memory, configOf(settings))],
  [0x08, signMessage],
  [0x0c, signTypedData],
  [0x20, (memory, _, { challenge }) => answered(memory, challenge())],
  // Transaction checks: touch devices have them, and they are off until a person takes part.
  [0x32, (memory, _, { isTouch }) => failed(memory, isTouch ? 'notAllowed' : 'unknownInstruction')],
])

/** What the app makes of a command. Checked in its order: length, class, instruction, the rest. */
export function exchange(memory: Memory, bytes: Uint8Array, world: World): Turn {
  const apdu = apduOf(bytes)
  if (apdu === undefined) return failed(memory, 'wrongLength')
  if (apdu.cla !== appClass) return failed(memory, 'unknownClass')
  const handler = handlers.get(apdu.ins)
  if (handler === undefined) return failed(memory, 'unknownInstruction')
  return handler(memory, apdu, world)
}

function configOf({ isBlindSigningOn }: AppSettings): Uint8Array {
  const flags = provisioningFlag | (isBlindSigningOn ? blindSigningFlag : 0)
  return Uint8Array.of(flags, ...appVersion.split('.').map(Number))
}
