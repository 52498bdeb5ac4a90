/**
 * The lease: the right to act for this network, given by the Worker for a while. Renewed well before
 * it ends, so that a Worker which is away for a moment costs no round.
 */

import { leaseMs } from '../src/protocol/bridge-wire.ts'
import { type Log, withoutEchoes } from './log.ts'
import type { Worker } from './worker-client.ts'

export type LeaseHolding = {
  /** The fencing token while the lease is ours and not about to end. */
  readonly token: () => number | undefined
  /** Forgets the lease: the Worker says that its token is not the present one. */
  readonly lose: () => void
  /** Asks for the lease, or to have it longer. @returns When to ask again, milliseconds from now. */
  readonly renew: () => Promise<number>
  /** Whether the Worker has said, when it was asked last, that another bridge has it. */
  readonly isAnothers: () => boolean
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

/** HTTP's word for "somebody else has it". */
const conflictStatus = 409

export function leaseHolding(deps: LeaseDeps): LeaseHolding {
  const { worker, holder, nowMs, steadyMs, marginMs, retryMs, deadlineMs } = deps
  const log = withoutEchoes(deps.log)
  let held:
    | { readonly token: number; readonly expiresAtMs: number; readonly untilSteadyMs: number }
    | undefined
  let isAnothers = false
  return {
    isAnothers: () => isAnothers,
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
      const sent = { wallMs: nowMs(), steadyMs: steadyMs() }
      const answer = await worker.lease(holder, deadlineMs)
      isAnothers = answer.kind === 'refused' && answer.status === conflictStatus
      if (answer.kind === 'answered') {
        const { fencing_token: token, expires_at: endsAtMs } = answer.value
        // Its date is by the Worker's clock: to one that is slow it is too far away. The length is known.
        const lifeMs = Math.min(endsAtMs - sent.wallMs, leaseMs)
        held = {
          token,
          expiresAtMs: sent.wallMs + lifeMs,
          untilSteadyMs: sent.steadyMs + lifeMs,
        }
        log({ event: 'lease-held', fencing_token: token })
        return Math.max(retryMs, (held.untilSteadyMs - steadyMs()) / 3)
      }
      if (answer.kind === 'refused') {
        // Somebody else has it: ours is over, whatever its date said.
        if (isAnothers) held = undefined
        log({ event: 'lease-refused', code: answer.code })
      } else {
        log({ event: 'lease-not-renewed', reason: answer.reason })
      }
      return retryMs
    },
  }
}
