/**
 * The circuit breaker: what became of the signatures that were asked for lately, and whether a new
 * round may be begun on it. It is asked before a commit and never after: an owed reveal is stopped by
 * its window alone. Fee bumps are the same call, so each call counts once. Denials rest the key that
 * was denied, and what it signs; a signature that is not what was asked for stops all that is new.
 */

import type { Address } from 'viem'
import { lowerCase } from '../../src/protocol/address.ts'
import type { CallName } from '../call.ts'
import type { Log } from '../log.ts'
import type { Keyring, RoleKey } from '../roles.ts'
import { SigningError } from '../signer.ts'

export type Breaker = {
  /** Why nothing new may be promised with a key now; `undefined` if nothing stands against it. */
  readonly refusal: (signer: Address) => string | undefined
  /** The same but for how often calls are signed: a root is none, and the journal binds one a round. */
  readonly signerRefusal: (signer: Address) => string | undefined
  /** Has a key sign, and notes what came of it. A call that is named counts towards the rate. */
  readonly watched: <T>(signer: Address, sign: () => Promise<T>, call?: Named) => Promise<T>
}

/** How often a key was denied in a row, and when last. */
type Denials = { readonly count: number; readonly atMs: number }

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

/** The keys with which nothing new may be signed now. */
export function brokenKeys({
  keyring,
  breaker,
}: {
  readonly keyring: Pick<Keyring, 'keys'>
  readonly breaker: Pick<Breaker, 'signerRefusal'>
}): readonly RoleKey[] {
  return keyring.keys().filter(({ address }) => breaker.signerRefusal(address) !== undefined)
}

export function breakerOf({ steadyMs, roundMs, log }: BreakerDeps): Breaker {
  /** When each call was asked for first. */
  const asked = new Map<string, number>()
  /** By the key's address, which are as few as the settings name. */
  const denied = new Map<Address, Denials>()
  let mismatch: string | undefined

  const noteAsked = ({ kind, votingRoundId, part }: Named) => {
    const nowMs = steadyMs()
    for (const [name, atMs] of asked) if (nowMs - atMs >= roundMs) asked.delete(name)
    const name = `${kind}/${votingRoundId}/${part}`
    if (!asked.has(name)) asked.set(name, nowMs)
  }
  const noteFailure = (signer: Address, error: unknown) => {
    if (!(error instanceof SigningError)) return
    if (error.code === 'signing-denied') {
      const denials = (denied.get(lowerCase(signer))?.count ?? 0) + 1
      denied.set(lowerCase(signer), { count: denials, atMs: steadyMs() })
      if (denials >= maxDenials) {
        log({ event: 'breaker-opened', reason: 'denials', denials, address: lowerCase(signer) })
      }
    }
    if (error.code === 'signer-differs' || error.code === 'transaction-differs') {
      mismatch = error.code
      log({ event: 'breaker-opened', reason: error.code })
    }
  }

  const signerRefusal = (signer: Address) => {
    if (mismatch !== undefined) {
      return `A signature was not what was asked for (${mismatch}): nothing new until a restart.`
    }
    const { count, atMs } = denied.get(lowerCase(signer)) ?? { count: 0, atMs: 0 }
    return count >= maxDenials && steadyMs() - atMs < restRounds * roundMs
      ? `Signatures were denied ${count} times in a row: nothing new for ${restRounds} rounds.`
      : undefined
  }

  return {
    signerRefusal,
    refusal: (signer) => {
      const refusal = signerRefusal(signer)
      if (refusal !== undefined) return refusal
      const nowMs = steadyMs()
      const calls = [...asked.values()].filter((atMs) => nowMs - atMs < roundMs).length
      return calls >= maxCallsInRound
        ? `${calls} calls were signed in the length of a round: no more than ${maxCallsInRound} are.`
        : undefined
    },
    watched: async (signer, sign, call) => {
      if (call !== undefined) noteAsked(call)
      try {
        const signed = await sign()
        denied.delete(lowerCase(signer))
        return signed
      } catch (error) {
        noteFailure(signer, error)
        throw error
      }
    },
  }
}
