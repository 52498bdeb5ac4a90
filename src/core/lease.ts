/**
 * The right to act for a network: one bridge has it at a time, for some seconds at a time. Each change of
 * holder makes a new fencing token, by which the calls of an earlier holder are told apart.
 */

import { leaseMs } from '../protocol/bridge-wire.ts'

export type HeldLease = {
  /** Names a bridge. */
  readonly holder: string
  readonly fencingToken: number
  /** Unix milliseconds. */
  readonly expiresAtMs: number
}

export type LeaseOutcome =
  | { readonly kind: 'held'; readonly lease: HeldLease }
  /** Another bridge has it, until then. */
  | { readonly kind: 'taken'; readonly expiresAtMs: number }

/**
 * What comes of asking for the lease. It ends at its instant: from then on another may have it.
 * Its holder renews it, late too, under the same token, so long as nobody took it meanwhile.
 *
 * @param held The lease as it was given last; undefined before the first.
 */
export function leaseAfter(
  held: HeldLease | undefined,
  holder: string,
  nowMs: number,
): LeaseOutcome {
  const isOwn = held?.holder === holder
  if (held !== undefined && !isOwn && nowMs < held.expiresAtMs) {
    return { kind: 'taken', expiresAtMs: held.expiresAtMs }
  }
  const fencingToken = (held?.fencingToken ?? 0) + (isOwn ? 0 : 1)
  // Clocks of two isolates differ a little: a renewal never shortens.
  const expiresAtMs = Math.max(nowMs + leaseMs, isOwn ? held.expiresAtMs : 0)
  return { kind: 'held', lease: { holder, fencingToken, expiresAtMs } }
}
