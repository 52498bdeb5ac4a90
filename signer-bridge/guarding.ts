/** A frozen vector, held against the last final medians before anything is made of it. */

import type { FrozenRound } from '../src/protocol/bridge-wire.ts'
import type { Log } from './log.ts'
import { type GuardPolicy, guarded, type KnownMedian } from './policy/price-guard.ts'
import type { StateMetrics } from './state-metrics.ts'
import type { World } from './world.ts'

/** A line of the log names so many feeds at most. */
const maxNamed = 20

/**
 * The first median of a bridge that starts with nothing is of its first whole round, which is final two
 * rounds later. Whoever has none after so many rounds has another reason for it.
 */
const roundsOfStart = 5

type GuardDeps = {
  /** The last final medians before a round; none where nobody knows any. */
  readonly mediansBefore: (votingRoundId: number) => readonly KnownMedian[]
  readonly policy: GuardPolicy
  readonly log: Log
  readonly metrics: Pick<StateMetrics, 'guardSeen'>
}

/** The guard of a bridge. Where it has been blind for longer than at a start, that is told once. */
export function guardOf({ mediansBefore, policy, log, metrics }: GuardDeps): World['guard'] {
  let blindFrom: number | undefined
  let isTold = false
  const note = (votingRoundId: number, isBlind: boolean) => {
    const wasTold = isTold
    blindFrom = isBlind ? (blindFrom ?? votingRoundId) : undefined
    isTold = blindFrom !== undefined && (wasTold || votingRoundId - blindFrom >= roundsOfStart)
    metrics.guardSeen(isTold)
    if (isTold === wasTold) return
    const round = { voting_round_id: votingRoundId }
    log(isTold ? { event: 'prices-unguarded', ...round } : { event: 'prices-guarded', ...round })
  }
  return (votingRoundId, entries) => {
    const medians = mediansBefore(votingRoundId)
    note(votingRoundId, medians.length === 0)
    return guarded(entries, medians, policy)
  }
}

/**
 * The vector without the prices that have strayed too far. What has strayed is told by feed and never
 * with a figure: the vector is secret until its reveal.
 */
export function guardedRound(
  { guard, log }: Pick<World, 'guard' | 'log'>,
  frozen: FrozenRound,
): FrozenRound {
  const { entries, strayed } = guard(frozen.voting_round_id, frozen.entries)
  const idsOf = (isLeftOut: boolean) =>
    strayed.filter((each) => each.isLeftOut === isLeftOut).map(({ id }) => id)
  for (const { event, ids } of [
    { event: 'prices-strayed', ids: idsOf(false) },
    { event: 'prices-left-out', ids: idsOf(true) },
  ]) {
    if (ids.length === 0) continue
    const feeds = ids.slice(0, maxNamed)
    log({ event, voting_round_id: frozen.voting_round_id, count: ids.length, feeds })
  }
  return { ...frozen, entries: [...entries] }
}
