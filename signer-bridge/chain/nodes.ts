/**
 * Several RPC nodes as one: questions go to the first that answers, starting with the one that did
 * last; a transaction goes to all of them at once.
 */

import {
  createPublicClient,
  defineChain,
  type Hash,
  http,
  type PublicClient,
  TransactionReceiptNotFoundError,
} from 'viem'
import type { EpochSchedule } from '../../src/protocol/epoch.ts'
import type { Head } from '../timeline.ts'
import { ChainError, type Receipt } from './chain.ts'
import { maxReason, sentencesOf } from './refusals.ts'

export type Node = PublicClient & {
  /** Where it is. */
  readonly url: string
}

export type Nodes = {
  /**
   * What the first node that answers says.
   *
   * @throws {ChainError} `chain-unreachable` if none does.
   */
  readonly ask: <T>(question: (node: Node) => Promise<T>) => Promise<T>
  /**
   * What each node says that answers within some patience: the quickest may be the one that is
   * behind. A node that has hung lately is not waited for.
   *
   * @param isEnough Whether an answer lets the waiting end when the patience is over; any does,
   *   unless told otherwise.
   * @throws {ChainError} `chain-unreachable` if none answers.
   */
  readonly askAll: <T>(
    question: (node: Node) => Promise<T>,
    isEnough?: (answer: T) => boolean,
  ) => Promise<readonly T[]>
}

/** One address of a node that looks for an answer no longer than `timeoutMs`. */
export function nodeAt(url: string, chainId: number, timeoutMs: number): Node {
  const chain = defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: 'native', symbol: 'native', decimals: 18 },
    rpcUrls: { default: { http: [url] } },
  })
  // No retries in here: who asks knows what time is left.
  const transport = http(url, { timeout: timeoutMs, retryCount: 0 })
  return createPublicClient({ chain, transport }).extend(() => ({ url }))
}

/** A healthy node may be so slow. Milliseconds. */
const mostPatienceMs = 1_500

/** So many patiences fit into a round: 0.7 s where a round has 10 s. */
const patiencesInRound = 15

/** How long all nodes are waited for, milliseconds. */
export function patienceOf({ roundSec }: Pick<EpochSchedule, 'roundSec'>): number {
  return Math.min(mostPatienceMs, Math.floor((roundSec * 1_000) / patiencesInRound))
}

/** @param patienceMs How long a node may hold up what another has answered. */
export function nodesOf(nodes: readonly Node[], patienceMs = mostPatienceMs): Nodes {
  let preferred = 0
  /** Those that took longer than the patience when they were asked last. */
  const late = new Set<Node>()
  return {
    ask: async (question) => {
      const errors: unknown[] = []
      for (let i = 0; i < nodes.length; i += 1) {
        const place = (preferred + i) % nodes.length
        const node = nodes[place]
        if (node === undefined) continue
        try {
          const answer = await question(node)
          preferred = place
          return answer
        } catch (error) {
          errors.push(error)
        }
      }
      throw unreachable(errors)
    },
    askAll: async <T>(
      question: (node: Node) => Promise<T>,
      isEnough: (answer: T) => boolean = () => true,
    ) => {
      const answers: T[] = []
      const errors: unknown[] = []
      const prompt: Promise<void>[] = []
      const asked = nodes.map((node) => {
        const askedAtMs = performance.now()
        const timer = setTimeout(() => late.add(node), patienceMs)
        const work = question(node)
          .then(
            (answer) => void answers.push(answer),
            (error: unknown) => void errors.push(error),
          )
          .finally(() => {
            clearTimeout(timer)
            if (performance.now() - askedAtMs < patienceMs) late.delete(node)
          })
        if (!late.has(node)) prompt.push(work)
        return work
      })
      await enoughOf(asked, prompt, patienceMs, () => answers.some((answer) => isEnough(answer)))
      if (answers.length === 0) throw unreachable(errors)
      return [...answers]
    },
  }
}

/** What a node that hung lately may still take once the others have answered. Milliseconds. */
const lateGraceMs = 250

/**
 * Waits for all of the work; no longer than the patience once some of it is enough, nor much longer
 * than for the prompt part of it.
 */
async function enoughOf(
  work: readonly Promise<void>[],
  prompt: readonly Promise<void>[],
  patienceMs: number,
  isEnough: () => boolean,
): Promise<void> {
  const timers: ReturnType<typeof setTimeout>[] = []
  const waited = (ms: number) =>
    new Promise<void>((resolve) => {
      timers.push(setTimeout(resolve, ms))
    })
  let resolveImpatience = () => {}
  const impatience = new Promise<void>((resolve) => {
    resolveImpatience = resolve
  })
  let isOver = false
  const look = () => {
    if (isOver && isEnough()) resolveImpatience()
  }
  const over = () => {
    isOver = true
    look()
  }
  for (const one of work) void one.then(look)
  void waited(patienceMs).then(over)
  if (prompt.length > 0 && prompt.length < work.length) {
    void Promise.all(prompt)
      .then(() => waited(Math.min(lateGraceMs, patienceMs)))
      .then(over)
  }
  await Promise.race([Promise.all(work), impatience])
  for (const timer of timers) clearTimeout(timer)
}

export async function headOf(node: Node): Promise<Head> {
  const block = await node.getBlock({ blockTag: 'latest' })
  return {
    number: Number(block.number),
    timestampSec: Number(block.timestamp),
    baseFeeWei: block.baseFeePerGas ?? 0n,
  }
}

/** A node's receipt of a transaction with the stamp of its block; `undefined` if it has none. */
export async function receiptOf(node: Node, txHash: Hash): Promise<Receipt | undefined> {
  try {
    const receipt = await node.getTransactionReceipt({ hash: txHash })
    const block = await node.getBlock({ blockNumber: receipt.blockNumber })
    return {
      txHash,
      blockNumber: Number(receipt.blockNumber),
      timestampSec: Number(block.timestamp),
      gasUsed: Number(receipt.gasUsed),
      feeWei: receipt.gasUsed * receipt.effectiveGasPrice,
      hasReverted: receipt.status === 'reverted',
    }
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return undefined
    throw error
  }
}

function unreachable(errors: readonly unknown[]): ChainError {
  const reasons = errors.map((error) => sentencesOf(error).slice(0, maxReason))
  return new ChainError('chain-unreachable', `No node answers: ${reasons.join(' | ')}`, {
    cause: errors.at(-1),
  })
}
