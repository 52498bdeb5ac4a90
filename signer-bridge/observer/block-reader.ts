/**
 * Reads blocks from whichever node has them: fewer at a time where they are refused, and never from
 * a node that is on another chain than the rest of the stretch.
 */

import { ChainError } from '../chain/chain.ts'
import type { Batch } from '../chain/batch.ts'
import type { Node, Nodes } from '../chain/nodes.ts'
import { type Log, withoutEchoes } from '../log.ts'
import type { ReadBlocks } from '../observations/block-book.ts'
import { type BlockRange, BlocksError, type ForConfirmation, readBlocks } from './full-blocks.ts'

export type Reading =
  | { readonly kind: 'read'; readonly read: ReadBlocks }
  /** No node has even the first of them. */
  | { readonly kind: 'behind' }
  /** They were too many at once, perhaps: fewer will be asked for. */
  | { readonly kind: 'again' }
  /** For some time now, every node has said that the stretch is of another chain than its own. */
  | { readonly kind: 'contradicted' }

/**
 * Reads some blocks, from the first of a range on.
 *
 * @throws {ChainError} `chain-unreachable` if no node gives blocks, however few are asked for, or all
 *   contradict the stretch.
 */
export type BlockReader = (range: BlockRange) => Promise<Reading>

/** Blocks of one request: public nodes of Flare are said to answer for the logs of no more than 30. */
const mostBlocks = 30

/** So often in a row all nodes may contradict what is stored, before it is given up. */
const maxContradictions = 10

/** Why a node gave no blocks. */
type Trouble = 'failed' | 'behind' | 'contradicts'

export type BlockReaderDeps = {
  readonly nodes: Nodes
  readonly batch: Batch
  readonly log: Log
  /** Nothing where there is nobody else to confirm anything. */
  readonly confirmation: () => ForConfirmation | undefined
  /** Whether a node was found to say what no other does. */
  readonly isAvoided: (node: Pick<Node, 'url'>) => boolean
}

export function blockReader(deps: BlockReaderDeps): BlockReader {
  const { nodes, batch, log, confirmation, isAvoided } = deps
  const say = withoutEchoes(log)
  let atOnce = mostBlocks
  let contradictions = 0

  return async (range) => {
    const toBlock = Math.min(range.toBlock, range.fromBlock + atOnce - 1)
    const troubles: Trouble[] = []
    try {
      const read = await nodes.ask((node) => fromOne(node, { ...range, toBlock }, troubles))
      contradictions = 0
      // One by one, lest every other request be too large again.
      atOnce = Math.min(mostBlocks, atOnce + 1)
      return { kind: 'read', read }
    } catch (error) {
      if (!(error instanceof ChainError)) throw error
      return afterFailure(error, troubles)
    }
  }

  async function fromOne(node: Node, range: BlockRange, troubles: Trouble[]): Promise<ReadBlocks> {
    let trouble: Trouble = 'failed'
    try {
      if (isAvoided(node)) throw new Error('The node has said what no other does.')
      const read = await readBlocks(batch, node, range, confirmation())
      if (read !== undefined) return read
      trouble = 'behind'
      throw new Error(`The node has no block ${range.fromBlock} yet.`)
    } catch (error) {
      if (error instanceof BlocksError) {
        const { code, message: reason } = error
        if (code === 'block-of-another-chain') trouble = 'contradicts'
        // An address may hold secrets, but not its host.
        say({ event: 'blocks-refused', code, reason, host: new URL(node.url).host })
      }
      troubles.push(trouble)
      throw error
    }
  }

  function afterFailure(error: ChainError, troubles: readonly Trouble[]): Reading {
    if (troubles.includes('failed')) {
      if (atOnce === 1) throw error
      atOnce = Math.max(1, Math.floor(atOnce / 2))
      return { kind: 'again' }
    }
    if (troubles.includes('behind')) return { kind: 'behind' }
    contradictions += 1
    if (contradictions < maxContradictions) throw error
    contradictions = 0
    return { kind: 'contradicted' }
  }
}
