/** A Ledger over HTTP: Speculos, or an emulator that speaks the same few routes. */

import { createRequire } from 'node:module'
import { z } from 'zod'
import { type Device, type Transport, within } from './device.ts'
import { LedgerError } from './ledger-error.ts'
import { transportSchema } from './transport-schema.ts'

// Ledger's ES modules lack the endings that Node asks for, so its CommonJS ones are taken.
const require = createRequire(import.meta.url)

const moduleSchema = z.object({
  default: z.custom<{ open: (options: Options) => Promise<unknown> }>(
    (value) => typeof value === 'function' && 'open' in value,
  ),
})
type Options = { readonly baseURL: string; readonly apiPort: string }

const openMs = 5_000

/**
 * The device behind an address such as `http://127.0.0.1:5001`.
 *
 * @param mayHoldReview Whether a person has to clear its screen first; an emulator's usually need not.
 * @throws {LedgerError} `ledger-unsuitable` if the address has a path, a user or another protocol.
 */
export function emulatorAt(address: string, mayHoldReview = false): Device {
  const options = optionsOf(address)
  return {
    name: `${options.baseURL}:${options.apiPort}`,
    mayHoldReview,
    isPresent: () => Promise.resolve(undefined),
    openTransport: () => open(options),
  }
}

async function open(options: Options): Promise<Transport> {
  const loaded: unknown = require('@ledgerhq/hw-transport-node-speculos-http')
  const opening = moduleSchema.parse(loaded).default.open(options)
  const late = () => new LedgerError('ledger-not-ready', 'The emulator does not answer.')
  return transportSchema.parse(await within(opening, openMs, late))
}

function optionsOf(address: string): Options {
  const url = URL.parse(address)
  const isPlain =
    url?.protocol === 'http:' &&
    url.pathname === '/' &&
    url.username === '' &&
    url.search === '' &&
    url.hash === ''
  if (!isPlain) {
    const example = 'http://127.0.0.1:5000'
    throw new LedgerError('ledger-unsuitable', `${address} is no address like ${example}.`)
  }
  return { baseURL: `http://${url.hostname}`, apiPort: url.port === '' ? '80' : url.port }
}
