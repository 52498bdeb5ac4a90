/**
 * Where a voter's registration for the next reward epoch stands, and what can be done for it now.
 * Pure.
 *
 *     present reward epoch ────────────────────────────────────┬── the next one
 *     pre-registration (voters of the present one) │ registration │ policy made: too late
 *                                  random is there ┘              └ enough voters, enough time
 */

import { type Address, isAddressEqual } from 'viem'
import type { DigestForm } from '../../src/protocol/digests.ts'
import type { NetworkName } from '../../src/protocol/networks.ts'
import type { KeySettings } from '../key-settings.ts'
import type { Role } from '../roles.ts'

/** Roles that EntityManager knows an address for, beside the identity itself. */
export const actingRoles = ['submit', 'submitSignatures', 'signingPolicy'] as const
export type ActingRole = (typeof actingRoles)[number]

export type Acting = Readonly<Record<ActingRole, Address>>

export type RegistrationFacts = {
  /** The identity. */
  readonly voter: Address
  /** The one to be registered for. */
  readonly next: number
  /** Who acts for the voter in it: as of the snapshot once there is one, before it as of now. */
  readonly acting: Acting
  readonly isSnapshot: boolean
  readonly delegation: Address
  /** For the present reward epoch. */
  readonly isVoter: boolean
  readonly isRegistered: boolean
  readonly isPreRegistered: boolean
  readonly isOpen: boolean
  /** With it pre-registration ends. */
  readonly isRandomThere: boolean
}

export type RegistrationStep =
  | { readonly kind: 'register' | 'pre-register' }
  /** Nothing has to be done: it is registered, or will be by the system. */
  | { readonly kind: 'done'; readonly sentence: string }
  /** Nothing can be done now. */
  | { readonly kind: 'idle'; readonly sentence: string }

/** What to do for the next reward epoch. */
export function registrationStep(facts: RegistrationFacts): RegistrationStep {
  const { next, isRegistered, isOpen, isRandomThere, isPreRegistered, isVoter } = facts
  if (isRegistered) return { kind: 'done', sentence: `Registered for reward epoch ${next}.` }
  if (isOpen) return { kind: 'register' }
  if (isRandomThere) {
    const sentence = `Registration for reward epoch ${next} is closed: it is missed.`
    return { kind: 'idle', sentence }
  }
  if (isPreRegistered) {
    const sentence = `Pre-registered for reward epoch ${next}: the system registers it when registration opens.`
    return { kind: 'done', sentence }
  }
  if (isVoter) return { kind: 'pre-register' }
  const sentence = `Registration for reward epoch ${next} is not open yet, and only a voter of the present one can pre-register.`
  return { kind: 'idle', sentence }
}

export type ComparedRole = {
  readonly role: ActingRole
  readonly onChain: Address
  readonly inSettings?: Address
  readonly verdict: 'same' | 'differs' | 'not-in-settings' | 'not-confirmed'
}

/** The chain's addresses against the settings' keys of a reward epoch. */
export function comparedRoles(
  { voter, next, acting }: Pick<RegistrationFacts, 'voter' | 'next' | 'acting'>,
  keys: readonly KeySettings[],
): readonly ComparedRole[] {
  return actingRoles.map((role) => {
    const onChain = acting[role]
    const key = keyFor(keys, role, next)
    const inSettings = key === undefined ? {} : { inSettings: key.address }
    // Until an address is proposed and confirmed the identity stands in for it, and is refused.
    if (isAddressEqual(onChain, voter))
      return { role, onChain, ...inSettings, verdict: 'not-confirmed' }
    if (key === undefined) return { role, onChain, verdict: 'not-in-settings' }
    const verdict = isAddressEqual(key.address, onChain) ? 'same' : 'differs'
    return { role, onChain, ...inSettings, verdict }
  })
}

/** Why a voter cannot be registered so; `undefined` if nothing stands against it. */
export function registrationRefusal(compared: readonly ComparedRole[]): string | undefined {
  const unconfirmed = compared.filter(({ verdict }) => verdict === 'not-confirmed')
  if (unconfirmed.length > 0) {
    const named = unconfirmed.map(({ role }) => role).join(', ')
    return `EntityManager has no confirmed address for ${named}: propose it with the identity and confirm it with the address.`
  }
  const policy = compared.find(({ role }) => role === 'signingPolicy')
  if (policy?.verdict === 'same') return undefined
  return `The chain wants the signature of ${policy?.onChain}, and the settings' signing-policy key is ${policy?.inSettings ?? 'not there'}.`
}

/** The key of a role in a reward epoch: the one that began last. */
export function keyFor(
  keys: readonly KeySettings[],
  role: Role,
  rewardEpochId: number,
): KeySettings | undefined {
  return keys
    .filter((key) => key.role === role && key.fromRewardEpoch <= rewardEpochId)
    .toSorted((one, other) => other.fromRewardEpoch - one.fromRewardEpoch)[0]
}

/**
 * Since which reward epoch a registration's message holds the chain id, where the registry of July
 * 2026 has a former one. Coston2's came with Relay v2, and the local chain never had another.
 */
const chainBoundSince: Readonly<Partial<Record<NetworkName, number>>> = {
  flare: 417,
  songbird: 417,
  coston: 5_451,
}

/** The form of the message for a reward epoch. */
export function registrationForm(network: NetworkName, rewardEpochId: number): DigestForm {
  return rewardEpochId >= (chainBoundSince[network] ?? 0) ? 'chain-bound' : 'legacy'
}
