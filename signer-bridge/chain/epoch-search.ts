/**
 * Searches the chain for the events that define reward epochs, by all nodes: what they differ about is
 * found by nobody. Nodes bound how many blocks one request may span, each differently; the span is
 * narrowed where all refuse, or some differ.
 */

import { type Address, numberToHex } from 'viem'
import { z } from 'zod'
import { type EpochSchedule, rewardEpochOf, votingRoundAt } from '../../src/protocol/epoch.ts'
import type { Log } from '../log.ts'
import type { Head } from '../timeline.ts'
import { agreedAmong } from './agreed.ts'
import { ChainError } from './chain.ts'
import { epochEventOf, epochTopics, isDated, logSchema } from './epoch-events.ts'
import { headOf, type Node, type Nodes } from './nodes.ts'
import type { EpochEvent } from './reward-epochs.ts'

/** Blocks of one request to begin with, and the fewest that a node may insist on. */
const widestSpan = 10_000
const narrowestSpan = 20

/** So few blocks are asked about in spans that any node takes, so that two can answer. */
const shortSearch = 1_000
const sharedSpan = 30

/** What is searched: the events of these contracts in these blocks, both included. */
export type EpochSearch = {
  readonly speakers: readonly Address[]
  readonly fromBlock: number
  readonly toBlock: number
}

/** Blocks that have been searched, both included. */
export type SearchedStretch = {
  readonly fromBlock: number
  readonly toBlock: number
  /** Whether two nodes tell the same of them: one alone is used while the others are silent. */
  readonly isBorneOut: boolean
}

/**
 * The events of a range of blocks, in the chain's order. A log that cannot be read is logged and
 * left out.
 *
 * @param onProgress Hears each stretch when it is done, so that nothing is searched twice.
 * @throws {ChainError} `chain-unreachable`; `events-differ` if nodes tell of different events, and
 *   there is no majority
 */
export async function searchEvents(
  { nodes, log }: { readonly nodes: Nodes; readonly log: Log },
  search: EpochSearch,
  onProgress: (events: readonly EpochEvent[], stretch: SearchedStretch) => void,
): Promise<void> {
  const isShared = nodes.members().length > 1 && search.toBlock - search.fromBlock < shortSearch
  let span = isShared ? sharedSpan : widestSpan
  let { fromBlock } = search
  while (fromBlock <= search.toBlock) {
    const toBlock = Math.min(fromBlock + span - 1, search.toBlock)
    try {
      const stretch = { ...search, fromBlock, toBlock }
      const told = await nodes.askAll((node) => eventsIn(node, stretch, log))
      const found = agreedAmong(told, nodes.members().length)
      if (found.kind === 'split') throw contradicted(fromBlock, toBlock)
      onProgress(found.answer, { fromBlock, toBlock, isBorneOut: told.length > 1 })
      fromBlock = toBlock + 1
    } catch (error) {
      // A node that leaves out what is too much for it differs in a wide span only.
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

function contradicted(fromBlock: number, toBlock: number): ChainError {
  const where = `in blocks ${fromBlock} to ${toBlock}`
  return new ChainError('events-differ', `The nodes differ about reward epochs ${where}.`)
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
