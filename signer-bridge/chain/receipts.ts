/**
 * Receipts, asked of all nodes. What one alone shows is held against the others' blocks; a node that
 * tells figures which cannot be has told nothing, and one receipt that cannot be that of its
 * transaction is none, whatever the node says of others.
 */

import { BlockNotFoundError, type Hash, TransactionReceiptNotFoundError } from 'viem'
import type { EpochSchedule } from '../../src/protocol/epoch.ts'
import type { Log } from '../log.ts'
import type { Chain, Receipt, ReceiptTerms } from './chain.ts'
import { figureIn, weiIn } from './figures.ts'
import { isBorneOut, receiptsIn, type Word } from './inclusion.ts'
import { headOf, type Node, type Nodes } from './nodes.ts'

type ReceiptsDeps = {
  readonly nodes: Nodes
  readonly schedule: Pick<EpochSchedule, 'roundSec'>
  readonly log: Log
  /** Never jumps. */
  readonly steadyMs?: () => number
}

/** After a ninth of a round (10 s of 90 s) without a word of use a node contradicts nobody. */
const idleShare = 9

export function receiptsOver({
  nodes,
  schedule,
  log,
  ...given
}: ReceiptsDeps): Chain['receiptsOf'] {
  const { steadyMs = () => performance.now() } = given
  const roundMs = schedule.roundSec * 1_000
  const stalls = stallWatch(steadyMs)
  const isIdle = (node: Node) =>
    Math.max(nodes.silentMs(node), stalls.stalledMs(node)) >= roundMs / idleShare
  let saidAtMs = Number.NEGATIVE_INFINITY

  return async (txHashes, terms = {}) => {
    const answers = await nodes.askAll(async (node) => {
      const receipts = await Promise.all(txHashes.map((txHash) => receiptOf(node, txHash, terms)))
      return { node, receipts: receipts.filter((receipt) => receipt !== undefined) }
    })
    const found = await Promise.all(
      txHashes.map(async (txHash) => {
        const shown = answers.flatMap(({ node, receipts }) => {
          const receipt = receipts.find((one) => one.txHash === txHash)
          return receipt === undefined ? [] : [{ node, receipt }]
        })
        return await believedOf(shown, terms)
      }),
    )
    return found.flat()
  }

  async function believedOf(
    shown: readonly Showing[],
    { isLast = false }: ReceiptTerms,
  ): Promise<readonly Receipt[]> {
    const [first] = shown
    if (first === undefined) return []
    const words = shown.length > 1 ? shown.map(wordOf) : await othersOn(first)
    const members = nodes.members()
    const idle = members.filter(isIdle).length
    const testimony = { words, idle, nodes: members.length, isLast }
    const denials = words.filter(({ kind }) => kind === 'denied').length
    if (denials > 0 && steadyMs() - saidAtMs >= roundMs) {
      saidAtMs = steadyMs()
      const { txHash, blockNumber } = first.receipt
      log({ event: 'receipt-contradicted', tx_hash: txHash, block_number: blockNumber, denials })
    }
    return isBorneOut(testimony) ? receiptsIn(words) : []
  }

  /** What all nodes say of what one of them shows. */
  async function othersOn(showing: Showing): Promise<readonly Word[]> {
    const others = nodes.members().filter((node) => node !== showing.node)
    if (others.length === 0) return [wordOf(showing)]
    const waiting = { isEnough: () => others.every(isIdle) }
    return await nodes.askAll(async (node) => {
      if (node === showing.node) return wordOf(showing)
      const { word, headNumber } = await wordBy(node, showing.receipt)
      stalls.note(node, headNumber)
      return word
    }, waiting)
  }
}

type Showing = { readonly node: Node; readonly receipt: Receipt }

function wordOf({ receipt }: Showing): Word {
  return { kind: 'shown', receipt }
}

/** How long the heads of nodes have stood still, as far as they were looked at. */
function stallWatch(steadyMs: () => number) {
  const heads = new Map<
    Node,
    { readonly number: number; readonly sinceMs: number; readonly seenMs: number }
  >()
  return {
    note: (node: Node, number: number) => {
      const seenMs = steadyMs()
      const before = heads.get(node)
      const hasMoved = before === undefined || number !== before.number
      heads.set(node, { number, sinceMs: hasMoved ? seenMs : before.sinceMs, seenMs })
    },
    stalledMs: (node: Node) => {
      const head = heads.get(node)
      return head === undefined ? 0 : head.seenMs - head.sinceMs
    },
  }
}

/**
 * A node's receipt of a transaction with the stamp of its block; `undefined` if it has none that can be.
 *
 * @throws {RangeError} if its figures are none.
 */
async function receiptOf(
  node: Node,
  txHash: Hash,
  { isPlausible = () => true }: ReceiptTerms,
): Promise<Receipt | undefined> {
  let told: Awaited<ReturnType<Node['getTransactionReceipt']>>
  try {
    told = await node.getTransactionReceipt({ hash: txHash })
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return undefined
    throw error
  }
  const block = await node.getBlock({ blockNumber: told.blockNumber })
  const receipt = {
    txHash,
    blockNumber: figureIn(told.blockNumber),
    timestampSec: figureIn(block.timestamp),
    gasUsed: figureIn(told.gasUsed),
    feeWei: weiIn(told.gasUsed * told.effectiveGasPrice),
    hasReverted: told.status === 'reverted',
  }
  return isPlausible(receipt) ? receipt : undefined
}

/** What a node that shows no receipt says by its blocks. */
async function wordBy(
  node: Node,
  { txHash, blockNumber, timestampSec }: Receipt,
): Promise<{ readonly word: Word; readonly headNumber: number }> {
  const head = await headOf(node)
  const kindAt = async (): Promise<'in-block' | 'denied' | 'behind'> => {
    try {
      const { transactions } = await node.getBlock({ blockNumber: BigInt(blockNumber) })
      return transactions.includes(txHash) ? 'in-block' : 'denied'
    } catch (error) {
      if (!(error instanceof BlockNotFoundError)) throw error
      // A later block than the one that it does not have: there is no such block.
      return head.timestampSec > timestampSec ? 'denied' : 'behind'
    }
  }
  return { word: { kind: await kindAt() }, headNumber: head.number }
}
