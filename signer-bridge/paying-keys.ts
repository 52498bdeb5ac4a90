/** The keys on whose coins a running bridge lives, and what for. Pure. */

import { isBridges } from './housekeeping/sender.ts'
import type { KeySettings } from './key-settings.ts'
import type { Settings } from './settings.ts'

export type PayingKey = Pick<KeySettings, 'role' | 'address'> & {
  /** It pays for registrations, and not in each round. */
  readonly registers: boolean
}

type PayingSettings = Pick<Settings, 'keys' | 'relay' | 'register'>

/** All that pay by themselves while the bridge runs. */
export function payingKeys(settings: PayingSettings): readonly PayingKey[] {
  const senders = ['submit', 'submitSignatures']
  if (settings.relay !== 'off') senders.push('signingPolicy')
  const each = settings.keys.filter(({ role }) => senders.includes(role))
  return [
    ...each.map(({ role, address }) => ({ role, address, registers: false })),
    ...registrationPayers(settings),
  ]
}

/** An executor, or without one the signing-policy key where it does not relay; nobody is at a Ledger. */
function registrationPayers(settings: PayingSettings): readonly PayingKey[] {
  if (settings.register === 'off') return []
  const able = settings.keys.filter(
    ({ address, place }) => place.kind !== 'ledger' && !isBridges(settings, address),
  )
  const executors = able.filter(({ role }) => role === 'executor')
  const payers =
    executors.length > 0 ? executors : able.filter(({ role }) => role === 'signingPolicy')
  return payers.map(({ role, address }) => ({ role, address, registers: true }))
}
