/**
 * What one call claims: the proofs that pay, and by weight as far as nothing stands in the way. Pure.
 *
 * The contract pays proofs of any reward epoch, and by weight every reward epoch up to the one that is
 * named, all of them or none: one that nobody has initialised would refuse the whole call.
 */

import type { ClaimWithProof } from './reward-data.ts'
import type { EpochRewards, OwnerRewards } from './view.ts'

export type ClaimPlan = {
  /** Up to and including which is claimed by weight; one before the next unclaimed claims nothing so. */
  readonly rewardEpochId: number
  /** Whether anything is claimed by weight. */
  readonly isByWeight: boolean
  readonly proofs: readonly ClaimWithProof[]
}

export type Planned = {
  /** Absent where nothing can be claimed. */
  readonly plan?: ClaimPlan
  /** For the person: what is left for another time, or is not known, and why. */
  readonly leftOut: readonly string[]
  /** Whether nothing was left out because it could not be known. */
  readonly isKnown: boolean
}

/** Each costs some 80 000 gas to check and pay. */
export const maxProofs = 40

/** @param upTo The last reward epoch to be claimed; all that can be unless it is given. */
export function claimPlan(rewards: OwnerRewards, upTo?: number): Planned {
  const epochs = rewards.epochs.filter(
    ({ rewardEpochId }) => upTo === undefined || rewardEpochId <= upTo,
  )
  const { last, stop } = lastByWeight(rewards.next, epochs)
  const initialising = epochs
    .filter(({ rewardEpochId }) => rewardEpochId >= rewards.next && rewardEpochId <= last)
    .flatMap((epoch) => epoch.initialising)
  // The oldest expire first.
  const paying = epochs.flatMap(({ byProof }) =>
    byProof
      .filter(({ state }) => state.kind === 'claimable')
      .map(({ merkleProof, body }) => ({ merkleProof, body })),
  )
  const room = Math.max(0, maxProofs - initialising.length)
  const isByWeight = hasWeight(epochs, rewards.next, last)
  const later = paying.length - Math.min(room, paying.length)
  const leftOut = [
    ...(stop === undefined ? [] : [stop.sentence]),
    ...(later === 0
      ? []
      : [`${later} more proofs do not fit into one call: claim again after it.`]),
    ...epochs.flatMap(unknownIn),
  ]
  const isKnown = epochs.every((epoch) => epoch.isKnown) && stop?.isUnproven !== true
  if (paying.length === 0 && !isByWeight) return { leftOut, isKnown }
  const plan = {
    rewardEpochId: isByWeight ? last : Math.max(0, rewards.next - 1),
    isByWeight,
    proofs: [...(isByWeight ? initialising : []), ...paying.slice(0, room)],
  }
  return { plan, leftOut, isKnown }
}

/** What of a reward epoch's proofs does not pay, and might if the data were right. */
function unknownIn({ rewardEpochId, byProof }: EpochRewards): readonly string[] {
  return byProof.flatMap(({ state }) => {
    if (state.kind === 'unproven') {
      return [
        `Of reward epoch ${rewardEpochId} the data has a claim whose proof does not lead to the root on chain.`,
      ]
    }
    if (state.kind !== 'refused') return []
    return [`Of reward epoch ${rewardEpochId} the contract refuses a proof. ${state.reason}`]
  })
}

type Stop = { readonly sentence: string; readonly isUnproven: boolean }

/** How far one call can claim by weight, and what stops it. */
function lastByWeight(
  next: number,
  epochs: readonly EpochRewards[],
): { readonly last: number; readonly stop?: Stop } {
  let last = next - 1
  let proofs = 0
  for (const { rewardEpochId, byWeight, initialising } of epochs) {
    if (rewardEpochId < next) continue
    const missing = byWeight.filter(({ isInitialised }) => !isInitialised)
    const proven = missing.filter(({ beneficiary, claimType }) =>
      initialising.some(
        ({ body }) =>
          body.claimType === claimType &&
          body.beneficiary.toLowerCase() === beneficiary.toLowerCase(),
      ),
    )
    proofs += initialising.length
    const isUnproven = proven.length < missing.length
    if (isUnproven || proofs > maxProofs) {
      const why = isUnproven
        ? `nobody has initialised ${missing[0]?.beneficiary}'s, and --data has no proof that does. Name data that has one, or claim up to ${rewardEpochId - 1} with --epoch.`
        : `one call has room for ${maxProofs} proofs. Claim again after it.`
      const sentence = `By weight reward epoch ${rewardEpochId} and later are left: ${why}`
      return { last, stop: { sentence, isUnproven } }
    }
    last = rewardEpochId
  }
  return { last }
}

/** Without any share in it a claim by weight would only cost. */
function hasWeight(epochs: readonly EpochRewards[], next: number, last: number): boolean {
  return epochs.some(
    ({ rewardEpochId, byWeight }) =>
      rewardEpochId >= next && rewardEpochId <= last && byWeight.length > 0,
  )
}
