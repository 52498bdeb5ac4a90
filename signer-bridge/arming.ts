/**
 * What our keys have said lately, held against the journal at each start: calls that it does not know
 * are another bridge's, or it is an old copy or a new one after a loss. Then nothing is promised for
 * two rounds; until it is known, nothing new at all. What is owed goes on.
 */

import type { Address } from 'viem'
import { type EpochSchedule, votingRoundAt } from '../src/protocol/epoch.ts'
import { protocolIds } from '../src/protocol/payload.ts'
import type { Chore } from './chores.ts'
import type { BoundKind, Watermark } from './journal/bindings.ts'
import { sendersIn } from './keyring.ts'
import type { Role } from './roles.ts'
import type { Head } from './timeline.ts'
import type { World } from './world.ts'

export type Arming = {
  readonly isArmed: () => boolean
  readonly chore: Chore
}

type Deps = Pick<World, 'chain' | 'journal' | 'keyring' | 'network' | 'log'>

/** So many rounds are looked back, and so many are then let go by. */
const rounds = 2

/** A node that cannot tell so often never will: then the worst is assumed. */
const maxFailures = 3

/** Once it is armed there is nothing to do. */
const idleMs = 3_600_000

export function armingOf(deps: Deps): Arming {
  const { chain } = deps
  let isArmed = false
  let failures = 0
  return {
    isArmed: () => isArmed,
    chore: async () => {
      if (isArmed) return idleMs
      try {
        await look(deps)
      } catch (error) {
        failures += 1
        if (failures < maxFailures) throw error
        const reason = String(error).slice(0, 300)
        letGoBy(deps, await chain.head(), { event: 'own-calls-unknown', reason })
      }
      isArmed = true
      return idleMs
    },
  }
}

async function look(deps: Deps): Promise<void> {
  const { chain, journal, network } = deps
  const suspects: Address[] = []
  for (const { address } of sendersIn(deps.keyring)) {
    // Every transaction takes a nonce: where the journal knows the last, it knows them all.
    if ((await chain.latestCount(address)) > journal.nonceFloor(address)) suspects.push(address)
  }
  if (suspects.length === 0) return
  const head = await chain.head()
  const fromSec = head.timestampSec - rounds * network.schedule.roundSec
  const calls = await chain.callsBy(suspects, { fromSec, untilSec: Number.POSITIVE_INFINITY })
  const foreign = calls.filter(({ txHash }) => !journal.hasSent(txHash))
  const last = foreign.at(-1)
  if (last === undefined) return
  const found = { calls: foreign.length, sender: last.sender, tx_hash: last.txHash }
  letGoBy(deps, head, { event: 'own-calls-found', ...found })
}

function letGoBy(
  { journal, keyring, network, log }: Deps,
  head: Head,
  why: Readonly<Record<string, unknown> & { event: string }>,
): void {
  const minRound = firstRound(network.schedule, head)
  journal.raiseWatermarks(
    keyring.keys().flatMap(({ role, address }) =>
      boundBy[role].flatMap((kind) =>
        Object.values(protocolIds).map((protocolId): Watermark => ({
          signer: address,
          kind,
          protocolId,
          minRound,
        })),
      ),
    ),
  )
  log({ ...why, first_round: minRound })
}

function firstRound(schedule: EpochSchedule, { timestampSec }: Head): number {
  return votingRoundAt(schedule, timestampSec * 1_000) + rounds
}

/** What each role's key signs. */
const boundBy: Readonly<Record<Role, readonly BoundKind[]>> = {
  identity: [],
  submit: ['commit', 'reveal'],
  submitSignatures: ['sigtx'],
  signingPolicy: ['root'],
}
