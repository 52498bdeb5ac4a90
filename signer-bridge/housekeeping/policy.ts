/**
 * What housekeeping may do: which role sends it, and where money may go. Checked when a deed is made
 * and again on its calldata right before it is signed, whoever made it. Pure.
 */

import { type Address, isAddressEqual, size } from 'viem'
import type { Role } from '../roles.ts'
import type { HouseDeed } from './calldata.ts'
import { isPaidByProof } from './reward-data.ts'

export type HousePolicy = {
  /** Of the settings: whom claims may be paid to beside their owners. */
  readonly claimRecipients: readonly Address[]
}

/**
 * In the order in which a sender is looked for where the owner's own key is not here: an executor is
 * there for it. The two that send in each round send nothing else.
 */
export const houseRoles = ['executor', 'identity', 'signingPolicy'] as const satisfies Role[]

/** A claim of a year with the proofs of all of it is a tenth of what a block can hold. */
export const maxHouseGas = 6_000_000n

/** Of what a node estimates: it may be another's block that the call lands in. */
const gasNumerator = 5n
const gasDenominator = 4n

/** What a call is given, by what it is said to take. */
export function gasLimitOf(estimated: bigint): bigint {
  return (estimated * gasNumerator) / gasDenominator
}

/** Of calldata; a proof with its claim has some 600. */
const maxHouseBytes = 64_000

/** Why a key must not send a deed; `undefined` if nothing stands against it. */
export function deedRefusal(
  role: Role,
  deed: HouseDeed,
  { claimRecipients }: HousePolicy,
): string | undefined {
  if (!houseRoles.some((one) => one === role)) return `A key for ${role} does no housekeeping.`
  if (deed.kind !== 'claim') return undefined
  const { owner, recipient, proofs } = deed
  const stranger = proofs.find(
    ({ body }) => isPaidByProof(body) && !isAddressEqual(body.beneficiary, owner),
  )
  if (stranger !== undefined) return `A claim is ${stranger.body.beneficiary}'s, not ${owner}'s.`
  const isAllowed = [owner, ...claimRecipients].some((one) => isAddressEqual(one, recipient))
  return isAllowed
    ? undefined
    : `${recipient} is neither the owner of the rewards nor in claim_recipients of the settings.`
}

/** Why a transaction must not be signed on these terms. */
export function houseTermsRefusal(terms: {
  readonly gas: bigint
  readonly calldata: `0x${string}`
}): string | undefined {
  if (terms.gas > maxHouseGas) return `A limit of ${terms.gas} gas is above ${maxHouseGas}.`
  const bytes = size(terms.calldata)
  return bytes > maxHouseBytes ? `A call of ${bytes} bytes is too long.` : undefined
}
