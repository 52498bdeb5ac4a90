/** Reward epochs that have been put together, each once for as long as nothing new is said of it. */

import { isDeepStrictEqual } from 'node:util'
import type { Network } from '../../src/protocol/networks.ts'
import type { ChainFacts } from '../chain/facts.ts'
import { type EpochEvent, epochOfRound } from '../chain/reward-epochs.ts'
import { type Log, withoutEchoes } from '../log.ts'
import { epochFactsOf } from './epochs.ts'
import type { ObservedEpoch } from './observer.ts'

/**
 * A round's reward epoch, if all of its facts are known. The same object, as long as they are the
 * same: what was computed with it holds for as long.
 */
export type EpochBook = (votingRoundId: number) => ObservedEpoch | undefined

type EpochBookDeps = {
  readonly network: Network
  readonly chain: Pick<ChainFacts, 'epochEventsFor'>
  readonly log: Log
}

/** Rounds are asked about from the last hour to the next minute: that is two epochs, or three. */
const maxEpochs = 4

export function epochBook({ network, chain, log }: EpochBookDeps): EpochBook {
  const say = withoutEchoes(log)
  const epochs = new Map<number, ObservedEpoch>()
  /** What the events that were looked at last make of each epoch. */
  const made = new Map<number, ObservedEpoch | undefined>()
  let from: readonly EpochEvent[] | undefined

  return (votingRoundId) => {
    const events = chain.epochEventsFor(votingRoundId)
    if (events !== from) made.clear()
    from = events
    const rewardEpochId = events && epochOfRound(events, votingRoundId)
    if (events === undefined || rewardEpochId === undefined) return undefined
    if (!made.has(rewardEpochId)) made.set(rewardEpochId, putTogether(events, votingRoundId))
    return made.get(rewardEpochId)
  }

  function putTogether(events: readonly EpochEvent[], votingRoundId: number) {
    const facts = epochFactsOf(events, votingRoundId, network.name)
    if (facts.kind === 'unknown') {
      say({ event: 'epoch-unknown', reason: facts.reason })
      return undefined
    }
    const { observed } = facts
    const { rewardEpochId } = observed.epoch
    const known = epochs.get(rewardEpochId)
    if (isDeepStrictEqual(known, observed)) return known
    epochs.delete(rewardEpochId)
    epochs.set(rewardEpochId, observed)
    for (const oldest of epochs.keys()) {
      if (epochs.size <= maxEpochs) break
      epochs.delete(oldest)
    }
    return observed
  }
}
