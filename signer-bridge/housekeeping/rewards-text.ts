/** An owner's rewards for a person, and for a program: amounts in whole coins, every digit. Pure. */

import type { Address } from 'viem'
import type { NetworkName } from '../../src/protocol/networks.ts'
import { claimTypes } from '../../src/protocol/reward-claims.ts'
import { dateText, inCoins } from './coins.ts'
import type { WeightClaim } from './reads.ts'
import type { EpochRewards, OwnerRewards, ProofClaim } from './view.ts'

/** What to do where nothing can be known. */
export const withoutData =
  'Of fees and direct rewards nothing is known without --data: they are in the published reward data.'

/** An owner, and why it is looked at. */
export type NamedRewards = OwnerRewards & { readonly what: string }

/** What is sure to arrive: proven and unpaid, or initialised. Wei. */
export function claimableWei({ byWeight, byProof }: EpochRewards): bigint {
  const proofs = byProof.map(({ state }) => (state.kind === 'claimable' ? state.arrivesWei : 0n))
  return [...byWeight.map(({ amountWei }) => amountWei), ...proofs].reduce(
    (sum, wei) => sum + wei,
    0n,
  )
}

/** All of it, line by line; of reward epochs that have nothing only their number is told. */
export function rewardsText(all: readonly NamedRewards[], network: NetworkName): string {
  return all.map((rewards) => ownerText(rewards, network)).join('\n\n')
}

function ownerText({ owner, what, next, epochs }: NamedRewards, network: NetworkName): string {
  const [first] = epochs
  const last = epochs.at(-1)
  if (first === undefined || last === undefined) {
    return `${owner} (${what}): no reward epoch can be claimed now.`
  }
  const telling = epochs.filter(hasSomething)
  const sum = epochs.reduce((wei, epoch) => wei + claimableWei(epoch), 0n)
  return [
    `${owner} (${what}): ${inCoins(sum, network)} can be claimed.`,
    `  Reward epochs ${first.rewardEpochId} to ${last.rewardEpochId} are open; by weight all before ${next} is claimed.`,
    ...telling.flatMap((epoch) => epochLines(epoch, network)),
  ].join('\n')
}

function hasSomething({ byWeight, byProof, note }: EpochRewards): boolean {
  return byWeight.length > 0 || byProof.length > 0 || note !== undefined
}

function epochLines(epoch: EpochRewards, network: NetworkName): readonly string[] {
  const { rewardEpochId, expiresAtSec, byWeight, byProof, note, minConditionsApplied } = epoch
  const expiry = expiresAtSec === undefined ? '' : `, expires after ${dateText(expiresAtSec)}`
  const cut =
    minConditionsApplied === undefined
      ? ''
      : minConditionsApplied
        ? ', after minimal conditions and penalties'
        : ', before minimal conditions'
  return [
    `  Reward epoch ${rewardEpochId}${expiry}${cut}`,
    ...byProof.map((claim) => `    ${proofText(claim, network)}`),
    ...byWeight.map((claim) => `    ${weightText(claim, network)}`),
    ...(note === undefined ? [] : [`    ${note}`]),
  ]
}

function proofText({ body, state }: ProofClaim, network: NetworkName): string {
  const name = typeName(body.claimType).padEnd(6)
  const amount = inCoins(body.amount, network)
  switch (state.kind) {
    case 'claimable': {
      const burnt = body.amount - state.arrivesWei
      const less = burnt === 0n ? '' : `, of which ${inCoins(burnt, network)} are burnt`
      return `${name}  ${amount}${less}; proven by the root on chain`
    }
    case 'claimed':
      return `${name}  nothing: it is claimed`
    case 'unproven':
      return `${name}  nothing: the data names ${amount}, and its proof does not lead to the root on chain`
    case 'refused':
      return `${name}  nothing: the contract refuses the proof. ${state.reason}`
  }
}

function weightText(claim: WeightClaim, network: NetworkName): string {
  const name = typeName(claim.claimType).padEnd(6)
  return claim.isInitialised
    ? `${name}  ${inCoins(claim.amountWei, network)}, a share of ${claim.beneficiary}'s`
    : `${name}  a share of ${claim.beneficiary}'s, which nobody has initialised yet`
}

/** `FEE`; of a type that is not known here its number. */
export function typeName(claimType: number): string {
  const found = Object.entries(claimTypes).find(([, value]) => value === claimType)
  return (found?.[0] ?? `type ${claimType}`).toUpperCase()
}

/** For programs: amounts as text, in whole coins and in wei. */
export function rewardsJson(
  all: readonly NamedRewards[],
  network: NetworkName,
): Readonly<Record<string, unknown>> {
  return {
    network,
    owners: all.map(({ owner, what, next, epochs }) => ({
      owner,
      what,
      next_by_weight: next,
      claimable_wei: String(epochs.reduce((wei, epoch) => wei + claimableWei(epoch), 0n)),
      reward_epochs: epochs.map((epoch) => ({
        reward_epoch_id: epoch.rewardEpochId,
        expires_at_sec: epoch.expiresAtSec ?? null,
        claimable_wei: String(claimableWei(epoch)),
        by_weight: epoch.byWeight.map(weightJson),
        by_proof: epoch.byProof.map(proofJson),
        min_conditions_applied: epoch.minConditionsApplied ?? null,
        note: epoch.note ?? null,
        is_known: epoch.isKnown,
      })),
    })),
  }
}

function weightJson({ claimType, beneficiary, amountWei, isInitialised }: WeightClaim) {
  const type = typeName(claimType)
  return { type, beneficiary, wei: String(amountWei), is_initialised: isInitialised }
}

function proofJson({ body, state }: ProofClaim) {
  return {
    type: typeName(body.claimType),
    wei: String(body.amount),
    state: state.kind,
    arrives_wei: state.kind === 'claimable' ? String(state.arrivesWei) : '0',
  }
}

/** The same address is looked at once, for the first reason that there is. */
export function ownersOnce(
  owners: readonly { readonly owner: Address; readonly what: string }[],
): readonly { readonly owner: Address; readonly what: string }[] {
  const seen = new Set<string>()
  return owners.filter(({ owner }) => {
    const isNew = !seen.has(owner.toLowerCase())
    seen.add(owner.toLowerCase())
    return isNew
  })
}
