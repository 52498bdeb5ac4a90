/**
 * A bridge that can be killed at a named place: the production code, with a journal and keys that say
 * where they are. `node bridge.ts <settings file> <capture file or "">`, with a channel to its parent.
 */

import { runBridge } from '../../signer-bridge/daemon.ts'
import { openJournal } from '../../signer-bridge/journal/journal.ts'
import { logTo } from '../../signer-bridge/log.ts'
import { openingKeyring } from '../../signer-bridge/open-keys.ts'
import { settingsOf } from '../../signer-bridge/settings.ts'
import type { DeathOrder } from './executioner.ts'
import { mortalJournal } from './mortal-journal.ts'
import { tappedKeys } from './tapped-keyring.ts'

/** What the parent says. */
export type Told = {
  /** In place of all earlier ones. */
  readonly dieAt?: readonly DeathOrder[]
  /** How far its clock is ahead. */
  readonly clockMs?: number
}

const visits = new Map<string, number>()
let orders: readonly DeathOrder[] = []
let clockMs = 0
const trueTime = Date.now
Date.now = () => trueTime() + clockMs

process.on('message', (told: Told) => {
  clockMs = told.clockMs ?? clockMs
  if (told.dieAt === undefined) return
  orders = told.dieAt
  visits.clear()
})
const orphaned = () => process.exit(1)
process.once('disconnect', orphaned)

/** SIGKILL: nothing is closed, flushed or said. */
function reached(place: string): void {
  const order = orders.find((one) => one.place === place)
  if (order === undefined) return
  visits.set(place, (visits.get(place) ?? 0) + 1)
  if ((visits.get(place) ?? 0) < order.nth) return
  process.send?.({ died: place })
  process.kill(process.pid, 'SIGKILL')
}

const log = logTo(
  (line) => void process.stdout.write(line),
  () => Date.now(),
)
const [, , settingsFile = '', captureFile = ''] = process.argv
await runBridge(settingsOf(settingsFile), {
  env: process.env,
  log,
  onEnd: (end) => {
    process.on('SIGTERM', end)
  },
  openJournal: (file, owner) => mortalJournal(openJournal(file, owner), reached),
  ...(captureFile !== '' && { openingKeyring: tappedKeys(openingKeyring, captureFile, reached) }),
})
process.off('disconnect', orphaned)
process.disconnect()
