/** What one node says of blocks that another was read from: outlines, logs and doubtful transactions. */

import { type Hash, numberToHex } from 'viem'
import type { Batch, RpcCall } from '../chain/batch.ts'
import type { Node } from '../chain/nodes.ts'
import type { Log } from '../log.ts'
import { outlineSchema, transactionSchema, transactionWordOf, wordOf } from './block-word.ts'
import { relayedInBlock, relayedLogsCall, relayedLogsSchema } from './relayed-logs.ts'
import type { Run } from './runs.ts'
import type { Witnesses } from './witnesses.ts'

/** What a node says of a block; `undefined` while it does not have all of it. */
export type Said = Hash | undefined

/** Asks a node about blocks. @returns `undefined` if it does not answer. */
export type AskAbout = (node: Node, run: Run) => Promise<readonly Said[] | undefined>

type AskDeps = {
  readonly batch: Batch
  readonly witnesses: Pick<Witnesses, 'mostQuestions' | 'noteAnswer' | 'noteFailure'>
  /** Never jumps. Milliseconds. */
  readonly steadyMs: () => number
  readonly log: Log
}

/** An outline of a block that is full to its gas limit has some 50 kB. */
const mostBytes = 2 * 1_024 * 1_024

/** Of a transaction it says something else: that is another word than any of a block. */
const otherWord = `0x${'00'.repeat(32)}` as const

export function askingOver({ batch, witnesses, steadyMs, log }: AskDeps): AskAbout {
  return async (node, run) => {
    const askedAtMs = steadyMs()
    try {
      const answers: unknown[] = []
      for (const calls of parts(callsOf(run), witnesses.mostQuestions(node))) {
        answers.push(...(await batch(node, calls, mostBytes)))
      }
      const words = wordsIn(run, answers)
      witnesses.noteAnswer(node)
      return words
    } catch (error) {
      witnesses.noteFailure(node, steadyMs() - askedAtMs)
      // An address may hold secrets, but not its host.
      const reason = String(error).slice(0, 200)
      log({ event: 'blocks-not-confirmed', host: new URL(node.url).host, reason })
      return undefined
    }
  }
}

/** The blocks with their logs in one request, so that one server behind an address answers both. */
function parts(calls: readonly RpcCall[], mostQuestions: number): readonly (readonly RpcCall[])[] {
  const size = mostQuestions + 1
  const count = Math.ceil(calls.length / size)
  return Array.from({ length: count }, (_, i) => calls.slice(i * size, (i + 1) * size))
}

function callsOf({ pending, relays, doubts }: Run): readonly RpcCall[] {
  const numbers = pending.map(({ number }) => number)
  return [
    ...numbers.map((number) => ({
      method: 'eth_getBlockByNumber',
      params: [numberToHex(number), false],
    })),
    relayedLogsCall(relays, { fromBlock: Math.min(...numbers), toBlock: Math.max(...numbers) }),
    ...doubts.map(({ txHash }) => ({ method: 'eth_getTransactionByHash', params: [txHash] })),
  ]
}

function wordsIn({ pending, doubts }: Run, answers: readonly unknown[]): readonly Said[] {
  const logs = relayedLogsSchema.parse(answers[pending.length])
  const told = answers.slice(pending.length + 1)
  return pending.map(({ number, said: read }, place) => {
    const outline = answers[place]
    if (isNothing(outline)) return undefined
    const word = wordOf(outlineSchema.parse(outline), relayedInBlock(logs, number))
    if (word !== read) return word
    const doubted = doubts
      .map(({ blockNumber, said }, i) => ({ blockNumber, said, answer: told[i] }))
      .filter(({ blockNumber }) => blockNumber === number)
    // A transaction that it does not know is one that it says nothing of, and so of the block.
    if (doubted.some(({ answer }) => isNothing(answer))) return undefined
    const isBorneOut = doubted.every(({ said, answer }) => said === transactionWordIn(answer))
    return isBorneOut ? word : otherWord
  })
}

function isNothing(answer: unknown): boolean {
  return answer === null || answer === undefined
}

function transactionWordIn(answer: unknown): Said {
  const said = transactionSchema.safeParse(answer)
  return said.success ? transactionWordOf(said.data) : undefined
}
