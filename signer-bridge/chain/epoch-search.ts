/**
 * Searches the chain for the events that define reward epochs. Nodes bound how many blocks one
 * request may span, each differently; the span is halved where one refuses.
 */

import { type Address, numberToHex } from 'viem'
import { z } from 'zod'
import { type EpochSchedule, rewardEpochOf, votingRoundAt } from '../../src/protocol/epoch.ts'
import type { Log } from '../log.ts'
import type { Head } from '../timeline.ts'
import { epochEventOf, epochTopics, isDated, logSchema } from './epoch-events.ts'
import { headOf, type Node, type Nodes } from './nodes.ts'
import type { EpochEvent } from './reward-epochs.ts'

/** Blocks of one request to begin with, and the fewest that a node may insist on. */
const widestSpan = 10_000
const narrowestSpan = 20

/** What is searched: the events of these contracts in these blocks, both included. */
export type EpochSearch = {
  readonly speakers: readonly Address[]
  readonly fromBlock: number
  readonly toBlock: number
}

/**
 * The events of a range of blocks, in the chain's order. A log that cannot be read is logged and
 * left out.
 *
 * @param onProgress Hears each stretch when it is done, so that nothing is searched twice.
 * @throws {ChainError} `chain-unreachable`
 */
export async function searchEvents(
  { nodes, log }: { readonly nodes: Nodes; readonly log: Log },
  search: EpochSearch,
  onProgress: (events: readonly EpochEvent[], toBlock: number) => void,
): Promise<void> {
  let span = widestSpan
  let { fromBlock } = search
  while (fromBlock <= search.toBlock) {
    const toBlock = Math.min(fromBlock + span - 1, search.toBlock)
    try {
      const stretch = { ...search, fromBlock, toBlock }
      const events = await nodes.ask((node) => eventsIn(node, stretch, log))
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
export async function blockAt(node: Node, timestampSec: number, head: Head): Promise<number> {
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
  { speakers, fromBlock, toBlock }: EpochSearch,
  log: Log,
): Promise<EpochEvent[]> {
  // A node that is behind answers for blocks that it does not have, with too short a list.
  const { number } = await headOf(node)
  if (number < toBlock) throw new Error(`The node is at block ${number}, before ${toBlock}.`)
  const answer = await node.request({
    method: 'eth_getLogs',
    params: [
      {
        address: [...speakers],
        topics: [epochTopics],
        fromBlock: numberToHex(fromBlock),
        toBlock: numberToHex(toBlock),
      },
    ],
  })
  const stampOf = stampsOf(node)
  const events: EpochEvent[] = []
  for (const said of z.array(z.unknown()).parse(answer)) {
    const found = logSchema.safeParse(said)
    if (!found.success) {
      log({ event: 'chain-event-skipped', reason: 'It is no log.' })
      continue
    }
    const { blockNumber, logIndex } = found.data
    const event = epochEventOf(
      found.data,
      isDated(found.data) ? await stampOf(blockNumber) : 0,
      (reason) => log({ event: 'chain-event-skipped', block: blockNumber, log: logIndex, reason }),
    )
    if (event !== undefined) events.push(event)
  }
  return events
}

/** The stamps of a node's blocks, each asked for once. Unix seconds. */
function stampsOf(node: Node): (blockNumber: number) => Promise<number> {
  const known = new Map<number, number>()
  return async (blockNumber) => {
    const before = known.get(blockNumber)
    if (before !== undefined) return before
    const block = await node.getBlock({ blockNumber: BigInt(blockNumber) })
    const stamp = Number(block.timestamp)
    known.set(blockNumber, stamp)
    return stamp
  }
}
