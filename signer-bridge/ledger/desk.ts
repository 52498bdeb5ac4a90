/**
 * The Ledgers of the settings, and the person at the terminal beside them: what a device shows is
 * written to standard error, and Enter says that its screen is clear. Real things are joined here.
 */

import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import type { KeySettings } from '../key-settings.ts'
import type { Log } from '../log.ts'
import { LedgerError } from './ledger-error.ts'
import { type Ledgers, openLedgers } from './open.ts'
import { instructionFor } from './state.ts'

export type Desk = Ledgers & {
  /** From now on Enter says that no review of an earlier time is on a screen. */
  readonly listen: () => void
  /**
   * Looks at all devices, and asks the person to clear the screen of one that needs it.
   *
   * @throws {LedgerError} `ledger-not-ready` with what to do
   */
  readonly check: () => Promise<void>
}

/**
 * Without a key on a Ledger it holds nothing and costs nothing.
 *
 * @throws {LedgerError} as `openLedgers` does
 */
export async function openDesk(
  keys: readonly KeySettings[],
  { chainId, log }: { readonly chainId: number; readonly log: Log },
): Promise<Desk> {
  const pins = keys.flatMap(({ place, address }) =>
    place.kind === 'ledger' ? [{ ledger: place.ledger, address }] : [],
  )
  const ledgers = await openLedgers(pins, {
    chainId,
    log,
    show,
    nowMs: () => Date.now(),
    steadyMs: () => performance.now(),
    sleep: (ms) => pause(ms),
  })
  let deafen = () => {}
  return {
    ...ledgers,
    listen: () => {
      if (ledgers.sessions.length === 0 || !process.stdin.isTTY) return
      const lines = createInterface({ input: process.stdin })
      lines.on('line', () => ledgers.confirmClear())
      deafen = () => lines.close()
    },
    check: () => check(ledgers),
    end: () => {
      deafen()
      ledgers.end()
    },
  }
}

async function check({ sessions, confirmClear }: Ledgers): Promise<void> {
  for (const session of sessions) {
    let state = await session.look()
    if (state.kind === 'screen-unknown' && process.stdin.isTTY) {
      await screenCleared()
      confirmClear()
      state = await session.look()
    }
    const instruction = instructionFor(state)
    if (instruction !== undefined) throw new LedgerError('ledger-not-ready', instruction)
  }
}

/**
 * Resolves when a person has said that the device shows no review.
 *
 * @throws {LedgerError} `ledger-not-ready` where nobody can be asked
 */
export async function screenCleared(): Promise<void> {
  if (!process.stdin.isTTY) {
    const why = 'Run this at a terminal: a person has to say that the Ledger shows no review.'
    throw new LedgerError('ledger-not-ready', why)
  }
  show('If the Ledger shows a transaction, reject it. Then press Enter.')
  const lines = createInterface({ input: process.stdin })
  try {
    await new Promise((heard) => lines.once('line', heard))
  } finally {
    lines.close()
  }
}

/** Not to standard output, which is the log's. */
function show(text: string): void {
  process.stderr.write(`${text}\n`)
}
