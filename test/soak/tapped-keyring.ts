/**
 * Keys that write down what they are asked to sign before they sign it, as the tap on a device's line
 * does for keys that are on one.
 */

import { appendFileSync } from 'node:fs'
import { type Hex, serializeTransaction } from 'viem'
import type { openingKeyring } from '../../signer-bridge/open-keys.ts'
import type { Keyring, RoleKey, Signer } from '../../signer-bridge/roles.ts'
import type { CapturedAsk } from './device-asks.ts'

/** @param reached Is told of each place of a signature before it is passed. */
export function tappedKeys(
  open: typeof openingKeyring,
  captureFile: string,
  reached: (place: string) => void,
): typeof openingKeyring {
  const note = (ask: CapturedAsk) => {
    appendFileSync(captureFile, `${JSON.stringify(ask)}\n`)
  }
  const tapped = (signer: Signer): Signer => ({
    address: signer.address,
    ...(signer.isOpen !== undefined && { isOpen: signer.isOpen }),
    signTransaction: async (transaction) => {
      reached('signer before-command transaction')
      // The options of a serialiser of one's own are not used by the bridge.
      note({ atMs: trueTimeMs(), unsigned: serializeTransaction(transaction) })
      const raw = await signer.signTransaction(transaction)
      reached('signer before-answer transaction')
      return raw
    },
    signMessage: async (asked) => {
      reached('signer before-command message')
      note({ atMs: trueTimeMs(), message: rawIn(asked.message) })
      const signature = await signer.signMessage(asked)
      reached('signer before-answer message')
      return signature
    },
  })
  return async (keys, deps) => {
    const opening = await open(keys, deps)
    const { keyring } = opening
    const known = new Map<Signer, Signer>()
    const tappedKey = (key: RoleKey): RoleKey => {
      const signer = known.get(key.signer) ?? tapped(key.signer)
      known.set(key.signer, signer)
      return { ...key, signer }
    }
    const keyOf: Keyring['keyOf'] = (role, rewardEpochId) => {
      const key = keyring.keyOf(role, rewardEpochId)
      return key && tappedKey(key)
    }
    return { ...opening, keyring: { keyOf, keys: () => keyring.keys().map(tappedKey) } }
  }
}

/** The soak bends the clock that tells the time, and never this one. Unix milliseconds. */
function trueTimeMs(): number {
  return Math.round(performance.timeOrigin + performance.now())
}

/** The bytes of a message; the bridge signs no text. */
function rawIn(message: unknown): Hex {
  if (typeof message === 'object' && message !== null && 'raw' in message) {
    const { raw } = message
    if (typeof raw === 'string' && raw.startsWith('0x')) return `0x${raw.slice(2)}`
  }
  throw new Error('A message to be signed is bytes.')
}
