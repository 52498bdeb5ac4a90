/**
 * Searches the chain for the events that define reward epochs. Nodes bound how many blocks one
 * request may span, each differently; the span is halved where one refuses.
 */

import { decodeEventLog, getAbiItem, type Log, toEventSelector } from 'viem'
import {
  flareSystemsManagerAbi,
  ftsoRewardOffersManagerAbi,
  relayAbi,
} from '../../src/protocol/contracts.ts'
import { type EpochSchedule, rewardEpochOf, votingRoundAt } from '../../src/protocol/epoch.ts'
import type { Head } from '../timeline.ts'
import type { Contracts } from './contracts.ts'
import { headOf, type Node, type Nodes } from './nodes.ts'
import type { EpochEvent } from './reward-epochs.ts'

const abi = [
  getAbiItem({ abi: relayAbi, name: 'SigningPolicyInitialized' }),
  getAbiItem({ abi: flareSystemsManagerAbi, name: 'RewardEpochStarted' }),
  getAbiItem({ abi: flareSystemsManagerAbi, name: 'RandomAcquisitionStarted' }),
  getAbiItem({ abi: ftsoRewardOffersManagerAbi, name: 'InflationRewardsOffered' }),
  getAbiItem({ abi: ftsoRewardOffersManagerAbi, name: 'RewardsOffered' }),
] as const

const topics = abi.map((event) => toEventSelector(event))

/** Blocks of one request to begin with, and the fewest that a node may insist on. */
const widestSpan = 10_000
const narrowestSpan = 20

/**
 * The events of a range of blocks, in the chain's order.
 *
 * @param onProgress Hears each stretch when it is done, so that nothing is searched twice.
 * @throws {ChainError} `chain-unreachable`
 */
export async function searchEvents(
  nodes: Nodes,
  contracts: Contracts,
  range: { readonly fromBlock: number; readonly toBlock: number },
  onProgress: (events: readonly EpochEvent[], toBlock: number) => void,
): Promise<void> {
  let span = widestSpan
  let fromBlock = range.fromBlock
  while (fromBlock <= range.toBlock) {
    const toBlock = Math.min(fromBlock + span - 1, range.toBlock)
    try {
      const stretch = { fromBlock, toBlock }
      const events = await nodes.ask((node) => eventsIn(node, contracts, stretch))
      onProgress(events, toBlock)
      fromBlock = toBlock + 1
    } catch (error) {
      if (span <= narrowestSpan) throw error
      span = Math.max(narrowestSpan, Math.floor(span / 4))
    }
  }
}

/**
 * The block from which on a search must begin, so that it finds all that defines the reward epoch of
 * the present and the one before: that began late if its signing policy was late.
 */
export async function searchFrom(
  nodes: Nodes,
  schedule: EpochSchedule,
  head: Head,
): Promise<number> {
  const round = votingRoundAt(schedule, head.timestampSec * 1_000)
  const oldest = rewardEpochOf(schedule, round) - 2
  const startSec =
    schedule.genesisSec +
    (schedule.firstRewardRound + oldest * schedule.rewardEpochRounds) * schedule.roundSec
  return nodes.ask((node) => blockAt(node, startSec, head))
}

/** The first block that is stamped at `timestampSec` or later; by halving, some 26 questions. */
async function blockAt(node: Node, timestampSec: number, head: Head): Promise<number> {
  let low = 0
  let high = head.number
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const block = await node.getBlock({ blockNumber: BigInt(middle) })
    if (Number(block.timestamp) < timestampSec) low = middle + 1
    else high = middle
  }
  return low
}

async function eventsIn(
  node: Node,
  contracts: Contracts,
  { fromBlock, toBlock }: { readonly fromBlock: number; readonly toBlock: number },
): Promise<EpochEvent[]> {
  // A node that is behind answers for blocks that it does not have, with too short a list.
  const { number } = await headOf(node)
  if (number < toBlock) throw new Error(`The node is at block ${number}, before ${toBlock}.`)
  const logs = await node.request({
    method: 'eth_getLogs',
    params: [
      {
        address: Object.values(contracts),
        topics: [topics],
        fromBlock: `0x${fromBlock.toString(16)}`,
        toBlock: `0x${toBlock.toString(16)}`,
      },
    ],
  })
  const events: EpochEvent[] = []
  for (const log of logs) {
    if (log.blockNumber === null || log.logIndex === null) continue
    const block = await node.getBlock({ blockNumber: BigInt(log.blockNumber) })
    const place = {
      blockNumber: Number(log.blockNumber),
      logIndex: Number(log.logIndex),
      timestampSec: Number(block.timestamp),
    }
    events.push(eventOf(log, place))
  }
  return events
}

type Place = Pick<EpochEvent, 'blockNumber' | 'logIndex' | 'timestampSec'>

function eventOf(
  { data, topics: logTopics }: Pick<Log, 'data' | 'topics'>,
  place: Place,
): EpochEvent {
  const { eventName, args } = decodeEventLog({ abi, data, topics: logTopics })
  switch (eventName) {
    case 'SigningPolicyInitialized': {
      const { rewardEpochId, startVotingRoundId } = args
      return { kind: 'policy', ...place, rewardEpochId, startVotingRoundId }
    }
    case 'RewardEpochStarted':
      return { kind: 'epoch-started', ...place, rewardEpochId: args.rewardEpochId }
    case 'RandomAcquisitionStarted':
      return { kind: 'random-acquisition', ...place, rewardEpochId: args.rewardEpochId }
    case 'InflationRewardsOffered': {
      const { rewardEpochId, feedIds, decimals } = args
      return { kind: 'inflation-offer', ...place, rewardEpochId, feedIds, decimals }
    }
    case 'RewardsOffered': {
      const { rewardEpochId, feedId, decimals, amount } = args
      const offer = { feedId, decimals, amount: String(amount) }
      return { kind: 'community-offer', ...place, rewardEpochId, ...offer }
    }
  }
}
