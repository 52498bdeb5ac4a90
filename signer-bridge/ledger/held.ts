/**
 * Whether a running bridge may be in a review with a Ledger: then nobody else may say a word to it. Two
 * at once lose what is signed, and a question for an address crashes the app (seen in 1.22.0).
 */

import { isInUse } from '../journal/database.ts'
import type { Settings } from '../settings.ts'

/** Whether a bridge with these settings talks to a device, whichever key is on it. */
export function hasDevice({ keys }: Pick<Settings, 'keys'>): boolean {
  return keys.some(({ place }) => place.kind === 'ledger')
}

/** @throws {JournalError} `journal-unusable` if this user cannot know. */
export function isDeviceHeld(settings: Pick<Settings, 'keys' | 'journalFile'>): boolean {
  return hasDevice(settings) && isInUse(settings.journalFile)
}
