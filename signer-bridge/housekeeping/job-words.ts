/** What a call of housekeeping is, in words that come from its calldata: whatever was asked for. Pure. */

import { getAddress, isAddressEqual } from 'viem'
import type { PlannedJob } from '../journal/housekeeping.ts'
import { readHouseCalldata } from './calldata.ts'

/** A few words, for a person and for a Ledger's review. */
export function jobWords({
  kind,
  owner,
  rewardEpochId,
  calldata,
}: Pick<PlannedJob, 'kind' | 'owner' | 'rewardEpochId' | 'calldata'>): string {
  const deed = readHouseCalldata(kind, calldata)
  if (deed === undefined) return `a ${kind} for ${getAddress(owner)} that cannot be read`
  const whose = getAddress(deed.owner)
  if (deed.kind === 'claim') {
    const place = isAddressEqual(deed.owner, deed.recipient)
      ? ''
      : `, paid to ${getAddress(deed.recipient)}`
    return `the claim of the rewards of ${whose}${place}`
  }
  const what = deed.kind === 'register' ? 'registration' : 'pre-registration'
  return `the ${what} of ${whose} for reward epoch ${rewardEpochId}`
}

/** As the beginning of a sentence. */
export function capitalised(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}
