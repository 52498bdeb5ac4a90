/**
 * A bridge that can be killed at a named write of its journal: the production code, with a journal
 * that ends the process on order. `node bridge.ts <settings file>`, with a channel to its parent.
 */

import type { Journal } from '../../signer-bridge/journal/journal.ts'
import { openJournal } from '../../signer-bridge/journal/journal.ts'
import { runBridge } from '../../signer-bridge/daemon.ts'
import { logTo } from '../../signer-bridge/log.ts'
import { settingsOf } from '../../signer-bridge/settings.ts'

/** What the parent says: die at the nth time that you come to this place. */
export type DeathOrder = { readonly place: string; readonly nth: number }

let order: DeathOrder | undefined
process.on('message', (message: DeathOrder) => {
  order = message
})
const orphaned = () => process.exit(1)
process.once('disconnect', orphaned)

/** SIGKILL: nothing is closed, flushed or said. */
function reached(place: string): void {
  if (order?.place !== place) return
  order = { place, nth: order.nth - 1 }
  if (order.nth > 0) return
  process.send?.({ died: place })
  process.kill(process.pid, 'SIGKILL')
}

function mortal(journal: Journal): Journal {
  // A proxy keeps every function's type, which mapping over them would lose.
  return new Proxy(journal, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        reached(`before ${String(key)}`)
        const done: unknown = Reflect.apply(value, target, args)
        reached(`after ${String(key)}`)
        return done
      }
    },
  })
}

const log = logTo(
  (line) => void process.stdout.write(line),
  () => Date.now(),
)
await runBridge(settingsOf(process.argv[2] ?? ''), {
  env: process.env,
  log,
  onEnd: (end) => {
    process.on('SIGTERM', end)
  },
  openJournal: (file, owner) => mortal(openJournal(file, owner)),
})
process.off('disconnect', orphaned)
process.disconnect()
