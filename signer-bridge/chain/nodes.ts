/**
 * Several RPC nodes as one: questions go to the first that answers, starting with the one that did
 * last; a transaction goes to all of them at once.
 */

import { createPublicClient, defineChain, http, type PublicClient } from 'viem'
import type { EpochSchedule } from '../../src/protocol/epoch.ts'
import type { Head } from '../timeline.ts'
import { ChainError } from './chain.ts'
import { paceOf } from '../pace.ts'
import { figureIn } from './figures.ts'
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
   * @throws {ChainError} `chain-unreachable` if none answers.
   */
  readonly askAll: <T>(
    question: (node: Node) => Promise<T>,
    waiting?: Waiting<T>,
  ) => Promise<readonly T[]>
  /** Those that are asked at present. */
  readonly members: () => readonly Node[]
  /** For how long a node has left every question to all unanswered; 0 if not the last one. Milliseconds. */
  readonly silentMs: (node: Node) => number
}

/** What ends the waiting for all answers. */
export type Waiting<T> = {
  /** Whether the answers so far let it end when the patience is over; any one does by default. */
  readonly isEnough?: (answers: readonly T[]) => boolean
  /** In place of the usual patience, for a question of much work. Milliseconds. */
  readonly patienceMs?: number
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

/** A node that hangs is given up at the end of its time: before that it must be known to be late. */
const mostOfNodeTime = 0.75

/** How long all nodes are waited for, milliseconds. */
export function patienceOf(schedule: Pick<EpochSchedule, 'roundSec'>): number {
  const ofRoundMs = (schedule.roundSec * 1_000) / patiencesInRound
  return Math.floor(Math.min(mostPatienceMs, ofRoundMs, paceOf(schedule).nodeMs * mostOfNodeTime))
}

/**
 * @param nodes A list that may change: it is looked through at each question.
 * @param patienceMs How long a node may hold up what another has answered.
 * @param late Those that took longer than the patience when they were asked last, by whomever.
 */
export function nodesOf(
  nodes: readonly Node[],
  patienceMs = mostPatienceMs,
  late = new Set<Node>(),
): Nodes {
  let preferred: Node | undefined
  /** When those that have answered nothing since were asked first. */
  const silentSince = new Map<Node, number>()
  return {
    ask: async (question) => {
      const errors: unknown[] = []
      const members = [...nodes]
      const first = Math.max(0, preferred === undefined ? 0 : members.indexOf(preferred))
      for (const node of [...members.slice(first), ...members.slice(0, first)]) {
        try {
          const answer = await question(node)
          preferred = node
          return answer
        } catch (error) {
          errors.push(error)
        }
      }
      throw unreachable(errors)
    },
    askAll: async <T>(question: (node: Node) => Promise<T>, waiting: Waiting<T> = {}) => {
      const { isEnough = () => true, patienceMs: mostMs = patienceMs } = waiting
      const answers: T[] = []
      const errors: unknown[] = []
      const prompt: Promise<void>[] = []
      const asked = [...nodes].map((node) => {
        const askedAtMs = performance.now()
        if (!silentSince.has(node)) silentSince.set(node, askedAtMs)
        const timer = setTimeout(() => late.add(node), mostMs)
        const work = question(node)
          .then(
            (answer) => {
              silentSince.delete(node)
              answers.push(answer)
            },
            (error: unknown) => void errors.push(error),
          )
          .finally(() => {
            clearTimeout(timer)
            if (performance.now() - askedAtMs < mostMs) late.delete(node)
          })
        // Work that is given its own time is waited for, however slow the node was at another.
        if (!late.has(node) || waiting.patienceMs !== undefined) prompt.push(work)
        return work
      })
      const isOver = () => answers.length > 0 && isEnough(answers)
      await enoughOf(asked, prompt, mostMs, isOver)
      if (answers.length === 0) throw unreachable(errors)
      return [...answers]
    },
    members: () => [...nodes],
    silentMs: (node) => performance.now() - (silentSince.get(node) ?? performance.now()),
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

/** @throws {RangeError} if the node's figures cannot be a block's: it has answered nothing then. */
export async function headOf(node: Node): Promise<Head> {
  const block = await node.getBlock({ blockTag: 'latest' })
  return {
    number: figureIn(block.number),
    timestampSec: figureIn(block.timestamp),
    baseFeeWei: block.baseFeePerGas ?? 0n,
  }
}

function unreachable(errors: readonly unknown[]): ChainError {
  const reasons = errors.map((error) => sentencesOf(error).slice(0, maxReason))
  return new ChainError('chain-unreachable', `No node answers: ${reasons.join(' | ')}`, {
    cause: errors.at(-1),
  })
}
