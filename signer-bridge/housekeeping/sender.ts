/**
 * Who sends a call of housekeeping. A nonce belongs to one process: the keys that send in each round
 * never do, and one that a running bridge may send from only while none is running. Pure but for that.
 */

import { existsSync } from 'node:fs'
import { type Address, isAddressEqual } from 'viem'
import type { KeySettings } from '../key-settings.ts'
import { JournalError } from '../journal/database.ts'
import { openJournal } from '../journal/journal.ts'
import { hasDevice } from '../ledger/held.ts'
import type { Settings } from '../settings.ts'
import { HouseError } from './house-error.ts'
import { houseRoles } from './policy.ts'

/**
 * The keys that may send, the likeliest first.
 *
 * @param roles In the order in which they are looked for.
 * @param from The one that the operator named.
 * @param first Whose key goes before all others, if there is one.
 * @throws {HouseError} `sender-unknown` if there is none.
 */
export function sendersFor(
  keys: readonly KeySettings[],
  {
    from,
    first,
    roles = houseRoles,
  }: {
    readonly from?: Address
    readonly first?: Address
    readonly roles?: readonly (typeof houseRoles)[number][]
  },
): readonly KeySettings[] {
  const able = roles.flatMap((role) => keys.filter((key) => key.role === role))
  const isFirst = ({ address }: KeySettings) =>
    first !== undefined && isAddressEqual(address, first) ? 0 : 1
  const found = able
    .filter(({ address }) => from === undefined || isAddressEqual(address, from))
    .filter(({ place }) => place.kind !== 'elsewhere')
    .toSorted((one, other) => isFirst(one) - isFirst(other))
  if (found.length > 0) return found
  throw new HouseError(
    'sender-unknown',
    from === undefined
      ? 'The settings have no key for identity, executor or signingPolicy that could send this.'
      : `The settings have no key ${from} for identity, executor or signingPolicy.`,
  )
}

/** Whether a running bridge may send from an address at any time. */
export function isBridges(
  { keys, relay }: Pick<Settings, 'keys' | 'relay'>,
  address: Address,
): boolean {
  return keys
    .filter(({ role }) => role !== 'signingPolicy' || relay !== 'off')
    .filter(({ role }) => ['submit', 'submitSignatures', 'signingPolicy'].includes(role))
    .some((key) => isAddressEqual(key.address, address))
}

/**
 * Keeps a bridge from running for as long as its key or its device is used here, by the lock of its
 * journal.
 *
 * @param used The keys that are opened, the sender's first.
 * @returns What lets it run again; nothing is held for keys that no bridge has to do with.
 * @throws {HouseError} `house-refused` if one is running.
 */
export function keptFromBridge(settings: Settings, used: readonly KeySettings[]): () => void {
  const { journalFile, keys, network } = settings
  const refusal = besideRefusal(settings, used)
  // Without a journal nothing has ever run here.
  if (refusal === undefined || !existsSync(journalFile)) return () => {}
  try {
    const signers = keys.map((key) => key.address)
    const journal = openJournal(journalFile, { chainId: network.chainId, signers })
    return journal.close
  } catch (error) {
    if (!(error instanceof JournalError) || error.code !== 'journal-in-use') throw error
    throw new HouseError('house-refused', refusal, { cause: error })
  }
}

/** Why these keys are not used beside a running bridge; `undefined` if they may be. */
function besideRefusal(settings: Settings, used: readonly KeySettings[]): string | undefined {
  const [sender] = used
  if (sender !== undefined && isBridges(settings, sender.address)) {
    return `A bridge is running that may send from ${sender.address}. Stop it meanwhile, or name a key of role executor.`
  }
  // It looks at each device of its settings by itself, whichever key is on it.
  return hasDevice({ keys: used })
    ? 'A bridge is running that may be in a review with the Ledger, to which nothing else may be sent then. Stop it meanwhile, or name a key that is on none.'
    : undefined
}
