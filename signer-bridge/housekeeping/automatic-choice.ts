/**
 * What a bridge that registers by itself does with what its journal knows: follow its own, wait, send,
 * or stop. Nothing is sent again that has landed or was refused on chain, whatever nodes say of it.
 */

import { type Address, isAddressEqual } from 'viem'
import type { HouseBook, HouseJob } from '../journal/housekeeping.ts'
import type { RoleKey } from '../roles.ts'
import { openJobOf } from './book-keeping.ts'

export type Choice =
  | { readonly kind: 'follow'; readonly job: HouseJob; readonly key: RoleKey }
  /** With the first of these that has any coins. */
  | { readonly kind: 'send'; readonly keys: readonly RoleKey[] }
  /** Nothing is to be done by itself; a person may. */
  | { readonly kind: 'stop'; readonly sentence: string }

/** Each may cost a whole call: what they come to is bounded by it, a reward epoch long. */
export const maxTries = 3

export type Wanted = {
  readonly kind: 'register' | 'pre-register'
  readonly owner: Address
  readonly rewardEpochId: number
}

/** @param payers Those that may send, the likeliest first. */
export function automaticChoice(
  book: Pick<HouseBook, 'openJobs' | 'attempts' | 'settle' | 'endsOf'>,
  wanted: Wanted,
  payers: readonly RoleKey[],
): Choice {
  const { kind, owner, rewardEpochId } = wanted
  const free: RoleKey[] = []
  for (const key of payers) {
    const job = openJobOf(book, { sender: key.address, kind, owner })
    if (job === undefined) free.push(key)
    else if (isOwnRegistration(job, key, owner)) return { kind: 'follow', job, key }
  }
  const ends = book.endsOf(wanted)
  const ended = ends.find((end) => end === 'landed' || end === 'reverted')
  if (ended !== undefined) {
    const how = ended === 'landed' ? 'has landed' : 'was refused on chain'
    const sentence = `The ${kind} for reward epoch ${rewardEpochId} ${how}: it is not sent again by itself.`
    return { kind: 'stop', sentence }
  }
  const tries = ends.filter((end) => end === 'replaced' || end === 'denied').length
  if (tries >= maxTries) {
    const sentence = `The ${kind} for reward epoch ${rewardEpochId} was tried ${tries} times: no more by itself.`
    return { kind: 'stop', sentence }
  }
  if (free.length > 0 || payers.length === 0) return { kind: 'send', keys: free }
  const sentence = `Each key that could send the ${kind} has another call open, or another key has sent it: that one has to end first.`
  return { kind: 'stop', sentence }
}

function isOwnRegistration(job: HouseJob, key: RoleKey, owner: Address): boolean {
  const isRegistration = job.kind === 'register' || job.kind === 'pre-register'
  return (
    isRegistration && isAddressEqual(job.sender, key.address) && isAddressEqual(job.owner, owner)
  )
}
