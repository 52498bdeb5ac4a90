/** `chrono-bridge accounts --ledger`: a table of paths and addresses, to be put into the settings. */

import { firstPaths, ledgerAccounts, maxAccounts } from './accounts.ts'
import { screenCleared } from './desk.ts'
import { emulatorAt } from './emulator.ts'
import { LedgerError } from './ledger-error.ts'
import { usbDevice } from './usb.ts'

export type AccountsOptions = {
  readonly ledger?: boolean
  readonly ledgerUrl?: string
  readonly count: string
  readonly path?: string
  readonly show?: boolean
}

/** @throws {LedgerError} with what to do, if the device cannot be read. */
export async function ledgerAccountsText(options: AccountsOptions): Promise<string> {
  const { ledgerUrl, path, show } = options
  const paths = path === undefined ? firstPaths(countIn(options.count)) : [path]
  const device = ledgerUrl === undefined ? usbDevice() : emulatorAt(ledgerUrl)
  const accounts = await ledgerAccounts(device, { paths, isShown: show === true, screenCleared })
  return accounts.map((account) => `${account.path}  ${account.address}`).join('\n')
}

function countIn(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= maxAccounts) return count
  throw new LedgerError('ledger-unsuitable', `--count is 1 to ${maxAccounts}.`)
}
