/**
 * What goes on beside the rounds and never holds them up: the lease, the outbox, the balance, the
 * reward epochs, the registry. Each is a loop of its own that outlives any failure.
 */

import { maxReports } from '../src/protocol/bridge-wire.ts'
import { balanceChore, type OnBalance } from './balance-watch.ts'
import type { FlareChain } from './chain/flare.ts'
import { roundNeedWei } from './fees.ts'
import { roundGasOf } from './gas.ts'
import { withoutEchoes } from './log.ts'
import type { Role, RoleKey } from './roles.ts'
import type { World } from './world.ts'

/** Resolves with the pause until the next time, milliseconds. */
export type Chore = () => Promise<number>

/** All of them. @param onBalance Hears a key's balance whenever it was looked at. */
export function choresOf(world: ChoresWorld, onBalance: OnBalance): readonly Chore[] {
  const { feePolicy, companions, journal } = world
  const needWei = (role: Role) => {
    const calls = { hasCompanions: companions.length > 0, signsRoots: true }
    return roundNeedWei(role, feePolicy, roundGasOf({ ...calls, measured: journal.gasMeasured }))
  }
  return [
    leaseChore(world),
    outboxChore(world),
    ...world.payers.map((key) => balanceChore({ ...world, roundNeedWei: needWei }, key, onBalance)),
    epochsChore(world),
    contractsChore(world),
    pruneChore(world),
  ]
}

export type ChoresWorld = Pick<
  World,
  | 'worker'
  | 'journal'
  | 'lease'
  | 'log'
  | 'metrics'
  | 'pace'
  | 'network'
  | 'feePolicy'
  | 'companions'
> & {
  readonly chain: FlareChain
  readonly balanceAlarmWei: bigint
  /** The keys whose balance is watched. */
  readonly payers: readonly Pick<RoleKey, 'role' | 'address'>[]
}

/** Nothing new in the outbox is looked for more often. */
const outboxLookMs = 500
const mostOutboxPauseMs = 30_000

const contractsEveryMs = 3_600_000
const pruneEveryMs = 3_600_000

/** Runs a chore until it is told to end. A failure is logged, and the chore goes on. */
export async function keepUp(
  chore: Chore,
  deps: Pick<World, 'sleep' | 'log' | 'pace'> & { readonly isEnding: () => boolean },
): Promise<void> {
  const log = withoutEchoes(deps.log)
  while (!deps.isEnding()) {
    let pauseMs = deps.pace.restMs
    try {
      pauseMs = await chore()
    } catch (error) {
      log({ event: 'chore-failed', reason: String(error).slice(0, 300) })
    }
    await deps.sleep(pauseMs)
  }
}

export function leaseChore({ lease, metrics }: Pick<ChoresWorld, 'lease' | 'metrics'>): Chore {
  return async () => {
    const pauseMs = await lease.renew()
    metrics.leaseSeen(lease.token() !== undefined, lease.isAnothers())
    return pauseMs
  }
}

/** Delivers reports until the Worker acknowledges them. */
export function outboxChore(
  world: Pick<ChoresWorld, 'worker' | 'journal' | 'metrics' | 'pace' | 'log'>,
): Chore {
  const { worker, journal, metrics, pace } = world
  const log = withoutEchoes(world.log)
  let failures = 0
  // After a refusal reports go one by one, so that one that cannot be taken holds up no other.
  let most = maxReports
  return async () => {
    const due = journal.outbox.dueReports(most)
    const [first] = due
    metrics.outboxSeen(first === undefined ? 0 : journal.outbox.length())
    if (first === undefined) return outboxLookMs

    const answer = await worker.report(due, pace.workerMs)
    if (answer.kind === 'answered') {
      const delivered = due.filter(({ id }) => answer.value.includes(id))
      journal.outbox.forget(delivered.map(({ id }) => id))
      failures = 0
      most = maxReports
      return delivered.length > 0 ? 0 : outboxLookMs
    }
    if (answer.kind === 'refused' && (answer.status === 400 || answer.status === 413)) {
      if (most === 1) {
        log({ event: 'report-refused', id: first.id, code: answer.code })
        journal.outbox.forget([first.id])
      }
      most = 1
      return outboxLookMs
    }
    failures += 1
    const why = answer.kind === 'refused' ? { code: answer.code } : { reason: answer.reason }
    log({ event: 'reports-not-delivered', ...why })
    return Math.min(mostOutboxPauseMs, outboxLookMs * 2 ** Math.min(failures, 6))
  }
}

/** Follows the chain's events of reward epochs: a new one is announced rounds before it begins. */
export function epochsChore({ chain, pace }: Pick<ChoresWorld, 'chain' | 'pace'>): Chore {
  return async () => {
    await chain.refreshEpochs(await chain.head())
    return pace.restMs * 4
  }
}

export function contractsChore({ chain }: Pick<ChoresWorld, 'chain'>): Chore {
  return async () => {
    await chain.refreshContracts()
    return contractsEveryMs
  }
}

/** Forgets what is older than a week: the journal would grow without end. */
export function pruneChore({ journal, log }: Pick<ChoresWorld, 'journal' | 'log'>): Chore {
  return async () => {
    const forgotten = journal.prune()
    if (forgotten > 0) log({ event: 'journal-pruned', bindings: forgotten })
    return pruneEveryMs
  }
}
