/**
 * What the chain's contracts have said that holds for a while: where they are and were, which reward
 * epochs there are, since when digests hold the chain id. Kept up by being asked to.
 */

import type { Address } from 'viem'
import type { Network } from '../../src/protocol/networks.ts'
import { type Log, withoutEchoes } from '../log.ts'
import type { Observations } from '../observations/observations.ts'
import { type Chain, ChainError } from './chain.ts'
import { cutoverOf } from './cutover.ts'
import { epochWatch } from './epoch-watch.ts'
import type { Nodes } from './nodes.ts'
import { presentContracts } from './present-contracts.ts'
import { type EpochEvent, FeedListError } from './reward-epochs.ts'

/** What an observer of the chain goes by, beside its blocks. */
export type ChainFacts = {
  /** Every Relay that there is or was, in lower case. */
  readonly relays: () => readonly Address[]
  /** The Relay at present. @throws {ChainError} `contract-unknown` while nodes differ on it */
  readonly relay: () => Address
  /**
   * The events of reward epochs by which a round is judged, in the chain's order; the same list
   * while nothing is added. `undefined` if the last search was too long before the round.
   */
  readonly epochEventsFor: (votingRoundId: number) => readonly EpochEvent[] | undefined
  /** As `Cutover.firstRound`. */
  readonly firstChainBoundRound: () => number | undefined
}

/** The facts with what brings them up to date. */
export type KeptFacts = ChainFacts &
  Pick<Chain, 'refreshEpochs' | 'feedsOf'> & {
    /** Asks the registry again: contracts are redeployed some times a year. */
    readonly refreshContracts: () => Promise<void>
  }

type FactsDeps = {
  readonly nodes: Nodes
  readonly network: Network
  readonly observations: Pick<Observations, 'chainEvents' | 'contracts'>
  readonly log: Log
}

/** Nothing is known until the registry is asked for the first time. */
export function chainFacts(deps: FactsDeps): KeptFacts {
  const { nodes, network, observations, log } = deps
  const { chainEvents: events } = observations
  const epochs = epochWatch({ nodes, network, events, log })
  const cutover = cutoverOf(nodes, network.name, withoutEchoes(log))
  const contracts = presentContracts(deps)
  const present = () => {
    const now = contracts.now()
    if (now !== undefined) return now
    throw new ChainError('contract-unknown', unclear)
  }

  return {
    refreshContracts: contracts.refresh,
    refreshEpochs: async (head) => {
      await contracts.refreshUnsure()
      const now = present()
      await epochs.refresh(head, contracts.generations().speakers)
      await cutover.refresh(now)
    },
    feedsOf: (votingRoundId) => {
      // A list on the strength of an address that is in doubt is none.
      if (contracts.now() === undefined) throw new FeedListError('search-outdated', unclear)
      return epochs.feedsOf(votingRoundId)
    },
    relays: () => contracts.generations().relays,
    relay: () => present().relay,
    epochEventsFor: (votingRoundId) => {
      if (contracts.now() === undefined) return undefined
      try {
        return epochs.eventsFor(votingRoundId)
      } catch (error) {
        if (error instanceof FeedListError) return undefined
        throw error
      }
    },
    firstChainBoundRound: () => cutover.firstRound(events.all()),
  }
}

const unclear = 'The nodes differ on where the contracts are.'
