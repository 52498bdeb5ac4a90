/**
 * Follows the chain block by block: keeps one stretch without a gap that reaches from before the
 * benching window to the head, whatever nodes do. It begins anew where going on would cost more.
 */

import type { Address } from 'viem'
import { benchingRounds } from '../../src/protocol/benching.ts'
import { type EpochSchedule, votingRoundAt, votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { blockAt } from '../chain/epoch-search.ts'
import type { Nodes } from '../chain/nodes.ts'
import type { Log } from '../log.ts'
import type { BlockBook, ReadBlocks } from '../observations/block-book.ts'
import type { Head } from '../timeline.ts'
import type { BlockReader } from './block-reader.ts'

export type FollowDeps = {
  readonly schedule: EpochSchedule
  readonly nodes: Nodes
  readonly read: BlockReader
  readonly relays: () => readonly Address[]
  readonly blocks: BlockBook
  readonly log: Log
}

/**
 * Reads one batch towards a head.
 *
 * @returns Whether there is more to read up to this head.
 * @throws {ChainError} `chain-unreachable`
 */
export type Follow = (head: Head) => Promise<boolean>

/** So many rounds stay readable: the benching window, and time to look at what has gone wrong. */
export const keptRounds = 60

/**
 * From the head's round back to the first of the benching window of the round before it, whose root
 * is the next to be signed.
 */
export const neededRounds = benchingRounds + 1

export function followOf({ schedule, nodes, read, relays, blocks, log }: FollowDeps): Follow {
  let prunedRound: number | undefined

  return async (head) => {
    const round = votingRoundAt(schedule, head.timestampSec * 1_000)
    const fromBlock = await nextBlock(head, votingRoundStartMs(schedule, round - neededRounds))
    if (fromBlock > head.number) return false
    const after = blocks.last()
    const reading = await read({
      fromBlock,
      toBlock: head.number,
      latestSec: head.timestampSec,
      relays: relays(),
      ...(after !== undefined && { after }),
    })
    if (reading.kind === 'contradicted') {
      log({ event: 'stretch-abandoned', to_block: after?.number })
      blocks.clear()
    }
    if (reading.kind !== 'read') return reading.kind !== 'behind'
    // Blocks that another node contradicts may have been cut off meanwhile: then these follow nothing.
    if (blocks.last()?.hash === after?.hash) keep(reading.read, round)
    return isBehind(head)
  }

  function isBehind(head: Head): boolean {
    return (blocks.last()?.number ?? 0) < head.number
  }

  function keep(read: ReadBlocks, round: number): void {
    blocks.append(read)
    if (round !== prunedRound) blocks.prune(votingRoundStartMs(schedule, round - keptRounds))
    prunedRound = round
  }

  /** The block to go on with, or the first of a new stretch. */
  async function nextBlock(head: Head, neededMs: number): Promise<number> {
    const last = blocks.last()
    // A stretch that ends before all that is needed is of no use: nobody asks for the gap behind it.
    if (last !== undefined && last.timestampSec * 1_000 >= neededMs) return last.number + 1
    const first = await nodes.ask((node) => blockAt(node, Math.ceil(neededMs / 1_000), head))
    // Only a block that is stamped before shows that none is missing after it.
    const fromBlock = Math.max(0, first - 1)
    if (last !== undefined && fromBlock <= last.number + 1) return last.number + 1
    if (last !== undefined) {
      log({ event: 'stretch-left', to_block: last.number, from_block: fromBlock })
    }
    blocks.clear()
    return fromBlock
  }
}
