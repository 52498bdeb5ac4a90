/**
 * What the chain's contracts have said that holds for a while: where they are and were, which reward
 * epochs there are, since when digests hold the chain id. Kept up by being asked to.
 */

import type { Address } from 'viem'
import type { Network } from '../../src/protocol/networks.ts'
import { type Log, withoutEchoes } from '../log.ts'
import type { Observations } from '../observations/observations.ts'
import type { Chain } from './chain.ts'
import { type Contracts, resolveContracts } from './contracts.ts'
import { cutoverOf } from './cutover.ts'
import { epochWatch } from './epoch-watch.ts'
import { generationsOf } from './generations.ts'
import type { Nodes } from './nodes.ts'
import { type EpochEvent, FeedListError } from './reward-epochs.ts'

/** What an observer of the chain goes by, beside its blocks. */
export type ChainFacts = {
  /** Every Relay that there is or was, in lower case. */
  readonly relays: () => readonly Address[]
  /** The Relay at present. */
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

/** @param contracts Where they are at present. */
export function chainFacts(contracts: Contracts, deps: FactsDeps): KeptFacts {
  const { nodes, network, observations, log } = deps
  const { chainEvents: events } = observations
  const epochs = epochWatch({ nodes, network, events, log })
  const cutover = cutoverOf(nodes, network.name, withoutEchoes(log))
  let present = contracts
  let generations = generationsOf(present, network.name, observations.contracts)

  return {
    refreshContracts: async () => {
      present = await resolveContracts(nodes)
      generations = generationsOf(present, network.name, observations.contracts)
    },
    refreshEpochs: async (head) => {
      await epochs.refresh(head, generations.speakers)
      await cutover.refresh(present)
    },
    feedsOf: epochs.feedsOf,
    relays: () => generations.relays,
    relay: () => present.relay,
    epochEventsFor: (votingRoundId) => {
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
