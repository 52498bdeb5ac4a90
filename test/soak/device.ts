/** A host's signing device: the emulator with a tap on its line, and what can be done to it. */

import { startLedgerEmulator } from '../../local/ledger-emulator.ts'
import { ledgerOptionsOf } from '../../local/ledger/options.ts'
import { tapOn } from './device-tap.ts'

export type SoakDevice = {
  /** Where the bridge finds it. */
  readonly url: string
  /** One of the emulator's own orders. */
  readonly order: (order: object) => Promise<void>
  /** It is unplugged for so long as soon as it is asked for the next signature. */
  readonly unplugWhenAsked: (forMs: number) => void
  /** It stays plugged in, whatever was said before. */
  readonly stayPlugged: () => void
  readonly stop: () => Promise<void>
}

/**
 * @param reached Hears of each place on the way to a signature, as `places.ts` names it; the line
 *   waits for it.
 */
export async function startDevice(
  mnemonic: string,
  captureFile: string,
  reached: (place: string) => Promise<void>,
): Promise<SoakDevice> {
  const options = ledgerOptionsOf([
    `--mnemonic=${mnemonic}`,
    '--port=0',
    '--model=nanosp',
    '--automation=approve',
    '--blind-signing=on',
  ])
  if (options === 'help') throw new Error('The emulator was asked for no help.')
  const emulator = await startLedgerEmulator(options)
  const order = async (what: object) => {
    await fetch(`${emulator.url}/control`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(what),
      signal: AbortSignal.timeout(5_000),
    })
  }
  let unplugsForMs: number | undefined
  const tap = await tapOn(emulator.url, captureFile, async (place, what) => {
    if (unplugsForMs !== undefined && place === 'after-command' && what === 'transaction') {
      const forMs = unplugsForMs
      unplugsForMs = undefined
      await order({ vanish_ms: forMs })
    }
    await reached(`signer ${place} ${what}`)
  })
  return {
    url: tap.url,
    order,
    unplugWhenAsked: (forMs) => {
      unplugsForMs = forMs
    },
    stayPlugged: () => {
      unplugsForMs = undefined
    },
    stop: async () => {
      tap.stop()
      await emulator.stop()
    },
  }
}
