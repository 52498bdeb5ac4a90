/** `chrono-bridge accounts --ledger`: the addresses that a Ledger has, by path, for the settings. */

import type { Address } from 'viem'
import { type Device, dropTransport } from './device.ts'
import { type EthereumApp, ethereumAppOn } from './ethereum-app.ts'
import { LedgerError } from './ledger-error.ts'
import { lookAt, soon } from './look.ts'
import { defaultPath } from './path.ts'
import { instructionFor, type LedgerState } from './state.ts'
import { troubleOf } from './status-words.ts'

export type LedgerAccount = { readonly path: string; readonly address: Address }

type Asked = {
  readonly paths: readonly string[]
  /** Whether the person compares each on the device's screen. */
  readonly isShown: boolean
  /** Resolves when a person has said that no review is on the screen of a device that may hold one. */
  readonly screenCleared: () => Promise<void>
}

/** Roles have an index each; nobody looks for more. */
export const maxAccounts = 20

/**
 * The addresses at the given paths, or at the first paths of the usual kind.
 *
 * @throws {LedgerError} `ledger-not-ready` with what to do; `ledger-modules-missing`,
 *   `ledger-refused`, `ledger-path-malformed`.
 */
export async function ledgerAccounts(
  device: Device,
  asked: Asked,
): Promise<readonly LedgerAccount[]> {
  if ((await soon(device.isPresent())) === false) throw notReady(absent)
  if (device.mayHoldReview) await asked.screenCleared()
  const transport = await soon(device.openTransport()).catch((error: unknown) => {
    throw error instanceof LedgerError ? error : notReady(absent)
  })
  try {
    return await accountsOf(ethereumAppOn(transport), asked)
  } catch (error) {
    if (error instanceof LedgerError) throw error
    const { kind, instruction } = troubleOf(error)
    throw new LedgerError(kind === 'refused' ? 'ledger-refused' : 'ledger-not-ready', instruction, {
      cause: error,
    })
  } finally {
    dropTransport(transport)
  }
}

/** `44'/60'/0'/0/0` and on. */
export function firstPaths(count: number): readonly string[] {
  return Array.from({ length: Math.min(count, maxAccounts) }, (_, index) => defaultPath(index))
}

async function accountsOf(
  app: EthereumApp,
  { paths, isShown }: Asked,
): Promise<readonly LedgerAccount[]> {
  const state = await lookAt(app, [])
  // An address can be read, and compared, without it.
  if (state.kind !== 'ready' && state.kind !== 'blind-signing-off') throw notReady(state)
  const accounts: LedgerAccount[] = []
  for (const path of paths) {
    // A person compares as long as they like: they can end the command.
    const address = await (isShown ? app.address(path, true) : soon(app.address(path, false)))
    accounts.push({ path, address })
  }
  return accounts
}

const absent: LedgerState = { kind: 'disconnected', reason: 'No Ledger answers.' }

function notReady(state: LedgerState): LedgerError {
  return new LedgerError('ledger-not-ready', instructionFor(state) ?? 'The Ledger is busy.')
}
