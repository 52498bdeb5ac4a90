/**
 * What a key is told of a voting round: the first answer, for as long as rounds are remembered. The
 * memory has it before the client does; this isolate's copy spares the way there.
 *
 * All feeds are written down, whichever were asked for: another list of the same round is told the
 * values of the same instant.
 */

import { votingRoundAt } from '../protocol/epoch.ts'
import type { ApiDeps } from './deps.ts'
import type { Snapshot } from './latest-values.ts'
import { ApiError } from './problem.ts'
import { ShortMemory } from './short-memory.ts'
import type { Values } from './value-ports.ts'

/** A round is asked for again within it or the next; a copy takes a few kilobytes. */
const copies = { lifetimeMs: 300_000, maxEntries: 1_000 } as const

/**
 * Rounds to either side of the open one that are remembered: a client's clock may be off by some
 * seconds, and Songbird's rounds begin 45 s before Flare's of the same number.
 */
const nearRounds = 1

/** The memory answers again at once or after a restart. Seconds. */
const retryAfterSec = '1'

/** Of what went wrong, in characters. */
const maxReason = 200

/** Whose round it is. */
export type RoundAsked = { readonly keyId: string; readonly votingRoundId: number }

export type ToldRounds = {
  /** Whether a key's round is known to this isolate. It says nothing of whether the key is good. */
  readonly isKnown: (key: string | undefined, votingRoundId: number) => boolean
  /**
   * What the key was told of the round, or else what it is told now and for ever. Of rounds that are
   * not near the open one nothing new is remembered; then the answer is what there is.
   *
   * @param key The key as the client wrote it.
   * @param made Values of now, for the round if it was not told of yet.
   * @throws {ApiError} `values-not-kept` if the memory does not answer or cannot write;
   *   `price-unavailable` if no feed has a value that could be remembered.
   */
  readonly told: (
    key: string | undefined,
    asked: RoundAsked,
    made: () => Promise<Snapshot>,
  ) => Promise<Snapshot>
}

type Needs = Pick<ApiDeps, 'toldValues' | 'nowMs' | 'log' | 'settings'>

export function toldRounds(deps: Needs): ToldRounds {
  const memory = new ShortMemory<Values>(copies)
  const { schedule } = deps.settings

  function copied(name: string, snapshot: Snapshot): Snapshot {
    memory.set(name, snapshot.values, deps.nowMs())
    return snapshot
  }

  /** What the memory of values answers; if it does not, nothing is told in its place. */
  async function kept<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (cause) {
      // Whatever an object throws arrives as a plain error, so that none can be told from another.
      deps.log({ event: 'values-not-kept', reason: String(cause).slice(0, maxReason) })
      throw new ApiError('values-not-kept', 'The values could not be written down; ask again.', {
        cause,
        headers: { 'Retry-After': retryAfterSec },
      })
    }
  }

  const recalled = async ({ keyId, votingRoundId }: RoundAsked): Promise<Values | undefined> =>
    kept(async () => deps.toldValues.recall(keyId, votingRoundId))

  async function firstTold(asked: RoundAsked, { values, feedFailed }: Snapshot): Promise<Snapshot> {
    if (values.size > 0) {
      const { keyId, votingRoundId } = asked
      const told = await kept(async () => deps.toldValues.tell(keyId, votingRoundId, values))
      return { values: told, feedFailed }
    }
    // An empty answer would stay so, while a client that asks again may yet be in time.
    const known = await recalled(asked)
    if (known === undefined) throw noValuesError()
    return whole(known)
  }

  return {
    isKnown: (key, votingRoundId) =>
      memory.get(nameOf(key, votingRoundId), deps.nowMs()) !== undefined,

    async told(key, asked, made) {
      const name = nameOf(key, asked.votingRoundId)
      const copy = memory.get(name, deps.nowMs())
      if (copy !== undefined) return whole(copy)

      const roundsAgo = votingRoundAt(schedule, deps.nowMs()) - asked.votingRoundId
      if (Math.abs(roundsAgo) <= nearRounds) {
        return copied(name, await firstTold(asked, await made()))
      }
      // What is far in the future cannot have been told.
      const known = roundsAgo > 0 ? await recalled(asked) : undefined
      return known === undefined ? made() : copied(name, whole(known))
    },
  }
}

function whole(values: Values): Snapshot {
  return { values, feedFailed: false }
}

/** In memory alone, and as long as the door remembers the hash of a key by the key itself. */
function nameOf(key: string | undefined, votingRoundId: number): string {
  return `${votingRoundId} ${key ?? ''}`
}

function noValuesError(): ApiError {
  return new ApiError('price-unavailable', 'No feed has a value at present; ask again.', {
    headers: { 'Retry-After': retryAfterSec },
  })
}
