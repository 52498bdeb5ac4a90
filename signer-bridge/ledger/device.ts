/**
 * The port behind which a Ledger stands: over USB, or an emulator over HTTP. A transport is Ledger's
 * own object, of which only these few things are used; it is dropped when in doubt, never repaired.
 */

import type { LedgerError } from './ledger-error.ts'

/** The part of Ledger's `Transport` that this program touches itself; its app library takes it whole. */
export type Transport = {
  /** One command and its answer, status word included. */
  readonly exchange: (apdu: Buffer) => Promise<Buffer>
  readonly on: (event: 'disconnect', heard: () => void) => void
  /** Waits for a pending exchange, which a person may hold up for ever: never awaited. */
  readonly close: () => Promise<void>
}

export type Device = {
  /** For people and the log: `usb`, or the emulator's address. */
  readonly name: string
  /**
   * Whether a device is there, found without sending it anything. `undefined` if there is no telling
   * but by opening it, as with an emulator.
   *
   * @throws {LedgerError} `ledger-modules-missing`
   */
  readonly isPresent: () => Promise<boolean | undefined>
  /** @throws {LedgerError} `ledger-modules-missing`; what the driver throws if it cannot be opened. */
  readonly openTransport: () => Promise<Transport>
  /**
   * Whether a review of an earlier process may still be on its screen. Reading from a Ledger during
   * one makes the approved signature vanish, or crashes the app (seen with 1.22.0), so that a person
   * has to say first that it is not.
   */
  readonly mayHoldReview: boolean
}

/** Lets go of a transport without waiting for it. */
export function dropTransport(transport: Transport): void {
  // It resolves when the pending exchange ends, if ever; there is nobody left to tell.
  transport.close().catch(() => undefined)
}

/** Rejects with what `late` makes when the time is over; the promise itself is left to its own end. */
export async function within<T>(
  asked: Promise<T>,
  ms: number,
  late: () => LedgerError,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), Math.max(0, Math.min(ms, maxTimerMs)))
  })
  try {
    return await Promise.race([asked, over])
  } finally {
    clearTimeout(timer)
  }
}

/** What a timer can count to. */
const maxTimerMs = 2 ** 31 - 1
