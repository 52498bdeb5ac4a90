/** One look at a device: app, version, blind signing, keys, in this order, up to the first that is wrong. */

import { within } from './device.ts'
import type { EthereumApp } from './ethereum-app.ts'
import { LedgerError } from './ledger-error.ts'
import { type LedgerState, type PinnedKey, wrongApp, wrongKey } from './state.ts'

/** A device that shows nothing answers in milliseconds; deriving a key takes it up to a second. */
export const answerMs = 5_000

/**
 * The state that the device shows. Never to be called while a review is on its screen.
 *
 * @param keys Those to be held against the device's.
 * @throws {LedgerError} `ledger-not-ready` if an answer does not come in time; what the driver throws.
 */
export async function lookAt(app: EthereumApp, keys: readonly PinnedKey[]): Promise<LedgerState> {
  const wrong = wrongApp(await soon(app.running()))
  if (wrong !== undefined) return wrong
  const { isBlindSigningOn } = await soon(app.configuration())
  if (!isBlindSigningOn) return { kind: 'blind-signing-off' }
  for (const key of keys) {
    const other = wrongKey(key, await soon(app.address(key.path, false)))
    if (other !== undefined) return other
  }
  return { kind: 'ready' }
}

/** The answer, if it comes within `answerMs`. */
export function soon<T>(asked: Promise<T>): Promise<T> {
  return within(asked, answerMs, silent)
}

function silent(): LedgerError {
  return new LedgerError('ledger-not-ready', 'The Ledger does not answer.')
}
