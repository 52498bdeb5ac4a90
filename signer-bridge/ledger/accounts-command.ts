/** `chrono-bridge accounts --ledger`: a table of paths and addresses, to be put into the settings. */

import { SettingsError } from '../settings-error.ts'
import { firstPaths, ledgerAccounts, maxAccounts } from './accounts.ts'
import { screenCleared } from './desk.ts'
import { emulatorAt } from './emulator.ts'
import { isDeviceHeld } from './held.ts'
import { LedgerError } from './ledger-error.ts'
import { usbDevice } from './usb.ts'

export type AccountsOptions = {
  readonly ledger?: boolean
  readonly ledgerUrl?: string
  readonly count: string
  readonly path?: string
  readonly show?: boolean
}

type AccountsDeps = {
  /** The settings of a bridge on this machine, if there are any. */
  readonly settings: () => Parameters<typeof isDeviceHeld>[0]
  readonly say: (text: string) => void
}

/**
 * @throws {LedgerError} with what to do, if the device cannot be read or a running bridge may be in a
 *   review with it.
 */
export async function ledgerAccountsText(
  options: AccountsOptions,
  deps: AccountsDeps,
): Promise<string> {
  const { ledgerUrl, path, show } = options
  leaveToBridge(deps)
  const paths = path === undefined ? firstPaths(countIn(options.count)) : [path]
  const device = ledgerUrl === undefined ? usbDevice() : emulatorAt(ledgerUrl)
  const accounts = await ledgerAccounts(device, { paths, isShown: show === true, screenCleared })
  return accounts.map((account) => `${account.path}  ${account.address}`).join('\n')
}

/** Before a first start there may be no settings, and nothing that could be asked. */
function leaveToBridge({ settings, say }: AccountsDeps): void {
  let known: ReturnType<AccountsDeps['settings']>
  try {
    known = settings()
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    say(
      'No settings say whether a bridge runs here. If one does that uses the Ledger, stop it first.',
    )
    return
  }
  if (!isDeviceHeld(known)) return
  const why =
    'A bridge is running that may be in a review with the Ledger, to which nothing else may be sent then. Stop it meanwhile.'
  throw new LedgerError('ledger-not-ready', why)
}

function countIn(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= maxAccounts) return count
  throw new LedgerError('ledger-unsuitable', `--count is 1 to ${maxAccounts}.`)
}
