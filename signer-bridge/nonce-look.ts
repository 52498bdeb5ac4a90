/** What waits at our keys' nonces when the bridge starts, held against what the journal has sent. */

import { sendersIn } from './keyring.ts'
import { pendingNonces } from './nonce.ts'
import type { RoleKey } from './roles.ts'
import type { World } from './world.ts'

type Look = Pick<World, 'chain' | 'journal' | 'keyring' | 'log'>

/** At start: does anything wait that this journal has not sent? Then a key is used elsewhere. */
export async function lookAtNonces(world: Look): Promise<void> {
  for (const key of sendersIn(world.keyring)) await lookAtNoncesOf(world, key)
}

async function lookAtNoncesOf(
  { chain, journal, log }: Look,
  { role, address }: RoleKey,
): Promise<void> {
  try {
    const [latest, pending] = await Promise.all([
      chain.latestCount(address),
      chain.pendingCount(address),
    ])
    const waiting = pendingNonces(latest, pending, journal.noncesFrom(address, latest))
    if (waiting.kind === 'foreign') {
      log({ event: 'foreign-nonces-found', role, address, nonces: waiting.nonces })
    } else {
      log({ event: 'nonces-reconciled', role, address, next: latest, waiting: pending - latest })
    }
  } catch (error) {
    log({ event: 'nonces-not-reconciled', role, address, reason: String(error) })
  }
}
