/**
 * The circuit breaker: what became of the signatures that were asked for lately, and whether a new
 * round may be begun on it. It is asked before a commit and never after: an owed reveal is stopped by
 * its window alone. Fee bumps are the same call, so each call counts once.
 */

import type { CallName } from '../call.ts'
import type { Log } from '../log.ts'
import { SigningError } from '../signer.ts'

export type Breaker = {
  /** Why nothing new may be promised now; `undefined` if nothing stands against it. */
  readonly refusal: () => string | undefined
  /** Has something signed, and notes what came of it. A call that is named counts towards the rate. */
  readonly watched: <T>(sign: () => Promise<T>, call?: Named) => Promise<T>
}

type Named = Pick<CallName, 'kind' | 'votingRoundId' | 'part'>

type BreakerDeps = {
  /** Never jumps. */
  readonly steadyMs: () => number
  readonly roundMs: number
  readonly log: Log
}

/** A round's commit and reveal, each with what a companion said late, and one to spare. */
const maxCallsInRound = 5

/** A person who says no so often, with no yes between, means it. */
const maxDenials = 3

/** For so many rounds nobody is asked again; then once. */
const restRounds = 10

export function breakerOf({ steadyMs, roundMs, log }: BreakerDeps): Breaker {
  /** When each call was asked for first. */
  const asked = new Map<string, number>()
  let denials = 0
  let deniedAtMs = 0
  let mismatch: string | undefined

  const noteAsked = ({ kind, votingRoundId, part }: Named) => {
    const nowMs = steadyMs()
    for (const [name, atMs] of asked) if (nowMs - atMs >= roundMs) asked.delete(name)
    const name = `${kind}/${votingRoundId}/${part}`
    if (!asked.has(name)) asked.set(name, nowMs)
  }
  const noteFailure = (error: unknown) => {
    if (!(error instanceof SigningError)) return
    if (error.code === 'signing-denied') {
      denials += 1
      deniedAtMs = steadyMs()
      if (denials >= maxDenials) log({ event: 'breaker-opened', reason: 'denials', denials })
    }
    if (error.code === 'signer-differs' || error.code === 'transaction-differs') {
      mismatch = error.code
      log({ event: 'breaker-opened', reason: error.code })
    }
  }

  return {
    refusal: () => {
      if (mismatch !== undefined) {
        return `A signature was not what was asked for (${mismatch}): nothing new until a restart.`
      }
      const nowMs = steadyMs()
      if (denials >= maxDenials && nowMs - deniedAtMs < restRounds * roundMs) {
        return `Signatures were denied ${denials} times in a row: nothing new for ${restRounds} rounds.`
      }
      const calls = [...asked.values()].filter((atMs) => nowMs - atMs < roundMs).length
      return calls >= maxCallsInRound
        ? `${calls} calls were signed in the length of a round: no more than ${maxCallsInRound} are.`
        : undefined
    },
    watched: async (sign, call) => {
      if (call !== undefined) noteAsked(call)
      try {
        const signed = await sign()
        denials = 0
        return signed
      } catch (error) {
        noteFailure(error)
        throw error
      }
    },
  }
}
