/** A frozen vector, held against the last final medians before anything is made of it. */

import type { FrozenRound } from '../src/protocol/bridge-wire.ts'
import type { World } from './world.ts'

/** A line of the log names so many feeds at most. */
const maxNamed = 20

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
  for (const [event, ids] of [
    ['prices-strayed', idsOf(false)],
    ['prices-left-out', idsOf(true)],
  ] as const) {
    if (ids.length === 0) continue
    const feeds = ids.slice(0, maxNamed)
    log({ event, voting_round_id: frozen.voting_round_id, count: ids.length, feeds })
  }
  return { ...frozen, entries: [...entries] }
}
