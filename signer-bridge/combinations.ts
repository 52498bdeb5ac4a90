/** Which settings and keys do not go together: what would cost money, or fail when nobody looks. Pure. */

import type { KeySettings } from './key-settings.ts'

/** As they are written. */
type Combined = {
  readonly companions: readonly unknown[]
  readonly relay: 'off' | 'when-selected'
  readonly register: 'off' | 'automatic'
}

/** Why these settings do not go together with these keys; `undefined` if they do. */
export function combinationRefusal(
  { companions, relay, register }: Combined,
  keys: readonly KeySettings[],
): string | undefined {
  if (companions.length > 0) {
    const refusal = attendedRefusal(keys) ?? rootlessRefusal(keys)
    if (refusal !== undefined) return `companions: ${refusal}`
  }
  if (!isOnLedger(keys, 'signingPolicy')) return undefined
  if (relay !== 'off') {
    return 'relay: Not with a signingPolicy key on a Ledger: nobody is at it in the seconds in which a round is made final.'
  }
  if (register !== 'off') {
    return 'register: Not with a signingPolicy key on a Ledger: nobody is at it when registration opens.'
  }
  return undefined
}

/** A reveal on a Ledger is signed together with its commit, when no companion has anything to reveal. */
function attendedRefusal(keys: readonly KeySettings[]): string | undefined {
  return isOnLedger(keys, 'submit')
    ? 'Not with a submit key on a Ledger, whose reveal is signed before a companion has anything to say in it.'
    : undefined
}

/** The data connector fines a bit vote that counted and that no root follows. */
function rootlessRefusal(keys: readonly KeySettings[]): string | undefined {
  const since = firstEpochOf(keys, 'submit')
  const missing = (['submitSignatures', 'signingPolicy'] as const).filter(
    (role) => firstEpochOf(keys, role) > since,
  )
  if (missing.length === 0) return undefined
  return `Only with a key for ${missing.join(' and one for ')} from reward epoch ${since} on, as for submit: a bit vote is fined where no root follows it.`
}

/** A key has its role until another one begins: only the beginning can be too late. */
function firstEpochOf(keys: readonly KeySettings[], role: KeySettings['role']): number {
  return Math.min(
    ...keys.filter((key) => key.role === role).map(({ fromRewardEpoch }) => fromRewardEpoch),
  )
}

function isOnLedger(keys: readonly KeySettings[], role: KeySettings['role']): boolean {
  return keys.some((key) => key.role === role && key.place.kind === 'ledger')
}
