/** The Ledgers of a bridge: one session for each device, however many of the keys it holds. */

import type { Address } from 'viem'
import { mainnetChainIds } from '../keystore.ts'
import type { Device } from './device.ts'
import { emulatorAt } from './emulator.ts'
import { LedgerError } from './ledger-error.ts'
import { LedgerSession, type SessionDeps } from './session.ts'
import type { LedgerKey } from './settings.ts'
import { ledgerSigner, type LedgerSigner, type SignerDeps } from './signer.ts'
import { usbDevice } from './usb.ts'

/** A key on a Ledger, as the settings have it, and the address that it must have. */
export type LedgerPin = { readonly ledger: LedgerKey; readonly address: Address }

export type Ledgers = {
  readonly signerOf: (pin: LedgerPin) => LedgerSigner
  readonly sessions: readonly LedgerSession[]
  /** A person says that no review of an earlier time is on any screen. */
  readonly confirmClear: () => void
  readonly end: () => void
}

type OpenDeps = Omit<SessionDeps, 'device' | 'keys'> &
  Omit<SignerDeps, 'session'> & { readonly chainId: number }

/**
 * Makes ready to talk to them; nothing is sent yet.
 *
 * @throws {LedgerError} `ledger-modules-missing` if one is on USB and its driver does not load;
 *   `ledger-unsuitable` for an emulator's address that is none, and for any emulator on a mainnet:
 *   its seed lies open in a process.
 */
export async function openLedgers(pins: readonly LedgerPin[], deps: OpenDeps): Promise<Ledgers> {
  const byDevice = Map.groupBy(pins, ({ ledger }) => ledger.url ?? 'usb')
  const sessions = new Map<string, LedgerSession>()
  for (const [where, held] of byDevice) {
    const device = deviceOf(held, deps.chainId)
    // Says at the start, and not in the middle of a round, that the driver is missing.
    await device.isPresent()
    const keys = held.map(({ ledger: { path }, address }) => ({ path, address }))
    sessions.set(where, new LedgerSession({ ...deps, device, keys }))
  }
  const all = [...sessions.values()]
  return {
    sessions: all,
    signerOf: ({ ledger: { path, url }, address }) => {
      const session = sessions.get(url ?? 'usb')
      if (session === undefined) throw new TypeError('This key was not opened.')
      return ledgerSigner({ ...deps, session }, { path, address })
    },
    confirmClear: () => {
      for (const session of all) session.confirmClear()
    },
    end: () => {
      for (const session of all) session.end()
    },
  }
}

function deviceOf(pins: readonly LedgerPin[], chainId: number): Device {
  const url = pins[0]?.ledger.url
  if (url === undefined) return usbDevice()
  if (mainnetChainIds.has(chainId)) {
    throw new LedgerError('ledger-unsuitable', `An emulated Ledger is refused on chain ${chainId}.`)
  }
  return emulatorAt(
    url,
    pins.some(({ ledger }) => ledger.armed_by_hand),
  )
}
