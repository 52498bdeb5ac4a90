/**
 * A Ledger over USB. Its driver is native code that need not be there: it is looked for only when a
 * Ledger is asked for, in an installation of its own beside this file.
 */

import { createRequire } from 'node:module'
import { z } from 'zod'
import type { Device } from './device.ts'
import { LedgerError } from './ledger-error.ts'
import { transportSchema } from './transport-schema.ts'

const moduleSchema = z.object({
  default: z.custom<{
    list: () => Promise<unknown>
    open: (path: string) => Promise<unknown>
  }>((value) => typeof value === 'function' && 'list' in value && 'open' in value),
})
const pathsSchema = z.array(z.string())

/** Where `npm run ledger:install` puts the driver. */
export const nativeDirectory = new URL('native/', import.meta.url)

/** The one Ledger that is plugged in. */
export function usbDevice(): Device {
  return {
    name: 'usb',
    mayHoldReview: true,
    isPresent: async () => (await pathsOf(driver())).length > 0,
    openTransport: async () => {
      const loaded = driver()
      const [path, another] = await pathsOf(loaded)
      if (path === undefined) throw new LedgerError('ledger-not-ready', 'No Ledger is plugged in.')
      if (another !== undefined) {
        throw new LedgerError('ledger-not-ready', 'More than one Ledger is plugged in: leave one.')
      }
      return transportSchema.parse(await opened(loaded, path))
    },
  }
}

type Driver = z.infer<typeof moduleSchema>['default']

function driver(): Driver {
  try {
    const loaded: unknown = createRequire(new URL('package.json', nativeDirectory))(driverName)
    return moduleSchema.parse(loaded).default
  } catch (cause) {
    throw missing(cause)
  }
}

const driverName = '@ledgerhq/hw-transport-node-hid'

async function pathsOf(loaded: Driver): Promise<readonly string[]> {
  try {
    // The native part is loaded here at the latest, and throws rather than rejects.
    return pathsSchema.parse(await loaded.list())
  } catch (cause) {
    throw missing(cause)
  }
}

async function opened(loaded: Driver, path: string): Promise<unknown> {
  try {
    return await loaded.open(path)
  } catch (cause) {
    throw new LedgerError(
      'ledger-not-ready',
      `The Ledger at ${path} cannot be opened: another program has it, or this user may not (udev rule and group: see signer-bridge/README.md).`,
      { cause },
    )
  }
}

function missing(cause: unknown): LedgerError {
  return new LedgerError(
    'ledger-modules-missing',
    'A Ledger over USB needs native modules that are not installed or do not load here: run npm run ledger:install, which says what is missing.',
    { cause },
  )
}
