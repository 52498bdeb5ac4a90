/**
 * The lease: the right to act for this network, given by the Worker for a while. Renewed well before
 * it ends, so that a Worker which is away for a moment costs no round.
 */

import { type Log, withoutEchoes } from './log.ts'
import type { Worker } from './worker-client.ts'

export type LeaseHolding = {
  /** The fencing token while the lease is ours and not about to end. */
  readonly token: () => number | undefined
  /** Forgets the lease: the Worker says that its token is not the present one. */
  readonly lose: () => void
  /** Asks for the lease, or to have it longer. @returns When to ask again, milliseconds from now. */
  readonly renew: () => Promise<number>
}

export type LeaseDeps = {
  readonly worker: Pick<Worker, 'lease'>
  readonly holder: string
  readonly nowMs: () => number
  /** A clock that never jumps, which however may stand still while the machine sleeps. */
  readonly steadyMs: () => number
  /** A lease that ends sooner than this is as good as none: clocks differ. Milliseconds. */
  readonly marginMs: number
  /** After a failure it is asked for again so soon. Milliseconds. */
  readonly retryMs: number
  readonly deadlineMs: number
  readonly log: Log
}

/**
 * A lease is believed in for no longer, whatever its date says: the Worker's are far shorter, and one
 * without an end would outlive the Worker that gave it. Milliseconds.
 */
const maxLeaseMs = 60_000

/** HTTP's word for "somebody else has it". */
const conflictStatus = 409

export function leaseHolding(deps: LeaseDeps): LeaseHolding {
  const { worker, holder, nowMs, steadyMs, marginMs, retryMs, deadlineMs } = deps
  const log = withoutEchoes(deps.log)
  let held:
    | { readonly token: number; readonly expiresAtMs: number; readonly untilSteadyMs: number }
    | undefined
  return {
    token: () => {
      if (held === undefined) return undefined
      // Over as soon as one of the clocks says so: one may have been set back, the other have slept.
      const leftMs = Math.min(held.expiresAtMs - nowMs(), held.untilSteadyMs - steadyMs())
      return leftMs > marginMs ? held.token : undefined
    },
    lose: () => {
      held = undefined
    },
    renew: async () => {
      const answer = await worker.lease(holder, deadlineMs)
      if (answer.kind === 'answered') {
        const { fencing_token: token, expires_at: endsAtMs } = answer.value
        const expiresAtMs = Math.min(endsAtMs, nowMs() + maxLeaseMs)
        held = { token, expiresAtMs, untilSteadyMs: steadyMs() + expiresAtMs - nowMs() }
        log({ event: 'lease-held', fencing_token: token })
        return Math.max(retryMs, (expiresAtMs - nowMs()) / 3)
      }
      if (answer.kind === 'refused') {
        // Somebody else has it: ours is over, whatever its date said.
        if (answer.status === conflictStatus) held = undefined
        log({ event: 'lease-refused', code: answer.code })
      } else {
        log({ event: 'lease-not-renewed', reason: answer.reason })
      }
      return retryMs
    },
  }
}
