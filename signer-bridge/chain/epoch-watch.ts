/**
 * Follows the events of reward epochs with some distrust: a node that was behind may have left some
 * out, and a search that was long ago says nothing of the present.
 */

import type { Address } from 'viem'
import { rewardEpochOf, votingRoundAt } from '../../src/protocol/epoch.ts'
import type { Network } from '../../src/protocol/networks.ts'
import { type Log, withoutEchoes } from '../log.ts'
import type { ChainEvents } from '../observations/chain-events.ts'
import type { Head } from '../timeline.ts'
import { ChainError } from './chain.ts'
import { searchEvents, searchFrom } from './epoch-search.ts'
import type { Nodes } from './nodes.ts'
import { type EpochEvent, type EpochFeeds, FeedListError, feedsOfRound } from './reward-epochs.ts'

type EpochWatchDeps = {
  readonly nodes: Nodes
  readonly network: Network
  readonly events: ChainEvents
  readonly log: Log
}

export type EpochWatch = {
  /**
   * Searches up to a head.
   *
   * @param speakers The contracts whose events count.
   * @throws {ChainError} `chain-unreachable`; `events-differ`: nothing is believed that nodes differ
   *   about, and in two rounds nothing new is begun for want of a search
   */
  readonly refresh: (head: Head, speakers: readonly Address[]) => Promise<void>
  /** @throws {FeedListError} */
  readonly feedsOf: (votingRoundId: number) => EpochFeeds
  /**
   * The events by which a round is judged, in the chain's order.
   *
   * @throws {FeedListError} `search-outdated`
   */
  readonly eventsFor: (votingRoundId: number) => readonly EpochEvent[]
}

export function epochWatch({ nodes, network, events, log }: EpochWatchDeps): EpochWatch {
  const { schedule } = network
  const search = { nodes, log: withoutEchoes(log) }
  /** The stamp of the head up to which the last search of this process came. */
  let searchedSec: number | undefined
  return {
    refresh: async (head, speakers) => {
      const key = speakers.join(',')
      const searched = await searchedIn(head, key)
      const { fromBlock: firstBlock } = searched
      // A node may have been behind when it was asked: the last blocks are asked about again.
      const fromBlock = Math.max(firstBlock, searched.toBlock + 1 - overlapBlocks)
      const safeBlock = head.number - Math.min(lagBlocks, Math.floor(head.number / 3))
      const range = { speakers, fromBlock, toBlock: head.number }
      try {
        await searchEvents(search, range, (found, stretch) => {
          if (stretch.isBorneOut) events.retain(found, stretch)
          events.add(found, {
            fromBlock: firstBlock,
            toBlock: Math.max(searched.toBlock, Math.min(stretch.toBlock, safeBlock)),
            contracts: key,
          })
        })
      } catch (error) {
        if (error instanceof ChainError && error.code === 'events-differ') {
          search.log({ event: 'epoch-events-contradicted', reason: error.message })
        }
        throw error
      }
      searchedSec = Math.max(searchedSec ?? 0, head.timestampSec)
      const present = rewardEpochOf(schedule, votingRoundAt(schedule, searchedSec * 1_000))
      events.forgetBefore(present - keptEpochs)
    },
    feedsOf: (votingRoundId) => feedsOfRound(eventsFor(votingRoundId), votingRoundId, network.name),
    eventsFor,
  }

  function eventsFor(votingRoundId: number): readonly EpochEvent[] {
    const round = searchedSec === undefined ? 0 : votingRoundAt(schedule, searchedSec * 1_000)
    if (searchedSec === undefined || votingRoundId - round > maxSearchAgeRounds) {
      throw new FeedListError(
        'search-outdated',
        `The chain's events have not been searched up to round ${votingRoundId}.`,
      )
    }
    return events.all()
  }

  /** Goes on from the last search, unless that began too late or ended too early for the present. */
  async function searchedIn(head: Head, key: string) {
    const searched = events.searched()
    if (searched !== undefined && searched.contracts !== key) {
      // What other contracts have said before stays true; these may have said something since.
      const fromBlock = await searchFrom(nodes, schedule, head)
      return { fromBlock, toBlock: fromBlock - 1 }
    }
    if (searched !== undefined && head.number - searched.toBlock <= maxGapBlocks) return searched
    const firstBlock = await searchFrom(nodes, schedule, head)
    if (searched !== undefined && firstBlock <= searched.toBlock) return searched
    events.clear()
    return { fromBlock: firstBlock, toBlock: firstBlock - 1 }
  }
}

/** A bridge that was away no longer than this, some hours, simply goes on. */
const maxGapBlocks = 20_000

/** What was asked of a node so shortly before is not held to be known: another may be behind. */
const lagBlocks = 30

/** So many blocks are asked about once more by each search. */
const overlapBlocks = 200

/**
 * The present epoch, the one before and their boundaries are needed; one more for an epoch that began
 * late, and one for good measure.
 */
const keptEpochs = 4

/** No feed list on the strength of an older search. */
const maxSearchAgeRounds = 2
