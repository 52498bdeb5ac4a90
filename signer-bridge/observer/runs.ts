/** Which blocks are asked about in one go, with what is doubtful in them. Pure. */

import type { Address } from 'viem'
import type { PendingBlock } from '../observations/confirmation-book.ts'
import type { Doubt } from './proofs.ts'

/** Blocks in a row that were read from one node, asked for the logs of the same Relays. */
export type Run = {
  /** Not empty. */
  readonly pending: readonly PendingBlock[]
  readonly relays: readonly Address[]
  readonly doubts: readonly Doubt[]
}

/**
 * The first of some blocks and those that follow on it, as far as one request may ask.
 *
 * @param blocks Ascending.
 * @param doubtsIn What is doubtful in blocks, both ends included.
 * @param mostQuestions Of blocks and doubtful transactions together. One block is asked about in any
 *   case, with all that is doubtful in it.
 */
export function runAt(
  blocks: readonly PendingBlock[],
  doubtsIn: (fromBlock: number, toBlock: number) => readonly Doubt[],
  mostQuestions: number,
): Run | undefined {
  const [start] = blocks
  if (start === undefined) return undefined
  const { source, relays } = start
  const isNext = (block: PendingBlock, place: number) =>
    block.source === source &&
    block.number === start.number + place &&
    block.relays.join() === relays.join()
  const end = blocks.findIndex((block, place) => place >= mostQuestions || !isNext(block, place))
  const row = end < 0 ? blocks : blocks.slice(0, end)
  const doubts = doubtsIn(start.number, row.at(-1)?.number ?? start.number)
  let taken = row.length
  while (taken > 1 && taken + inFirst(taken).length > mostQuestions) taken -= 1
  return { pending: row.slice(0, taken), relays, doubts: inFirst(taken) }

  function inFirst(count: number): readonly Doubt[] {
    const lastBlock = row[count - 1]?.number ?? 0
    return doubts.filter(({ blockNumber }) => blockNumber <= lastBlock)
  }
}
