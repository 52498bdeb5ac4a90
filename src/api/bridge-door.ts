/** The door in front of the bridge's routes: one secret, and a memory of rounds that may be out. */

import { answerText, requestText } from '../protocol/bridge-auth.ts'
import { OracleError } from '../protocol/errors.ts'
import type { ApiContext } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import { ApiError } from './problem.ts'
import type { BridgeDeps } from './round-ports.ts'
import type { Handler } from './serve.ts'
import { forGuests, type Keeper } from './signed-door.ts'

export const bridgePath = '/bridge/'

/** Fifty reports with the longest errors, or four times the feeds of a chain. */
export const maxBridgeBodyBytes = 262_144

/** What a bridge asked, when it is known to be one. */
export type BridgeVisit = {
  readonly bridge: BridgeDeps
  readonly bytes: Uint8Array
  readonly context: ApiContext
}

/** Answers with a text in JSON. @throws {ApiError} for any other answer. */
export type BridgeHandler = (visit: BridgeVisit) => Promise<string>

/** A handler that only a bridge comes to. */
export function forBridge(deps: ApiDeps, handler: BridgeHandler): Handler {
  return forGuests(deps, keeperOf(deps), async ({ guest: bridge, bytes, context }) =>
    handler({ bridge, bytes, context }),
  )
}

function keeperOf(deps: ApiDeps): Keeper<BridgeDeps> {
  return {
    title: 'bridge',
    claimed: () => {
      if (deps.bridge !== undefined) return deps.bridge
      throw new ApiError('bridge-closed', 'No secret is shared with a bridge here.')
    },
    mustBeNew: async (bridge, nonce, nowMs) => {
      switch (await remembered(deps, async () => bridge.useNonce(nonce, nowMs))) {
        case 'fresh':
          return
        case 'used':
          throw new ApiError('nonce-used', 'A nonce is used once.')
        case 'too-many':
          throw new ApiError('rate-limited', 'More requests came than nonces can be remembered.')
      }
    },
    requestText,
    answerText,
    maxBodyBytes: maxBridgeBodyBytes,
    codes: { unauthorised: 'bridge-unauthorised', clockOff: 'bridge-clock-off' },
  }
}

/** The memory of rounds' answer. @throws {ApiError} `rounds-unavailable` if it has none. */
export async function remembered<T>(
  { log }: Pick<ApiDeps, 'log'>,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    if (cause instanceof ApiError) throw cause
    // What an object throws arrives as a plain error.
    log({
      event: 'rounds-failed',
      ...(cause instanceof OracleError && { code: cause.code }),
      reason: String(cause).slice(0, maxLoggedReason),
    })
    throw new ApiError('rounds-unavailable', 'The memory of rounds does not answer; try again.', {
      cause,
      headers: { 'Retry-After': '1' },
    })
  }
}

/** Longest reason in the log, in characters. */
const maxLoggedReason = 300
