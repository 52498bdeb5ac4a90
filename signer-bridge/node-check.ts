/** The doctor's look at one node: whether it answers, of which chain, how late, and in batches. */

import { z } from 'zod'
import type { Batch } from './chain/batch.ts'
import { ChainError } from './chain/chain.ts'

export type NodeCheckDeps = {
  readonly batch: Batch
  /** Asks a single question in place of a batch. @returns The stamp of its last block, Unix seconds. */
  readonly headStampSec: () => Promise<number>
  readonly chainId: number
  /** An older head is of no use. Milliseconds. */
  readonly maxHeadAgeMs: number
  readonly nowMs: () => number
}

const quantity = z.string().regex(/^0x[0-9a-f]+$/i)
const answersSchema = z.tuple([quantity, z.object({ number: quantity, timestamp: quantity })])

/** Two short answers; a block comes without its transactions. */
const mostBytes = 200_000

/**
 * What is well about a node, or a note on what it cannot do.
 *
 * @throws {ChainError} `chain-differs`; `chain-unreachable` if it does not answer at all.
 */
export async function nodeCheck(
  node: { readonly url: string },
  deps: NodeCheckDeps,
): Promise<string | { readonly note: string }> {
  const calls = [
    { method: 'eth_chainId', params: [] },
    { method: 'eth_getBlockByNumber', params: ['latest', false] },
  ]
  let answers: unknown[]
  try {
    answers = await deps.batch(node, calls, mostBytes)
  } catch (cause) {
    const stampSec = await deps.headStampSec().catch(() => undefined)
    if (stampSec === undefined) {
      throw new ChainError('chain-unreachable', 'It does not answer.', { cause })
    }
    return { note: 'takes no batches of calls; results of rounds are read from the others' }
  }
  const parsed = answersSchema.safeParse(answers)
  if (!parsed.success) throw new ChainError('chain-unreachable', 'It says what no node does.')
  const [id, head] = parsed.data
  if (Number(id) !== deps.chainId) {
    const why = `It is of chain ${Number(id)}, the settings say ${deps.chainId}.`
    throw new ChainError('chain-differs', why)
  }
  const ageMs = deps.nowMs() - Number(head.timestamp) * 1_000
  const what = `block ${Number(head.number)}, ${(ageMs / 1_000).toFixed(1)} s old`
  return ageMs > deps.maxHeadAgeMs ? { note: `${what}: it is behind` } : `${what}, takes batches`
}

/** What a node is called without what may be secret in its address: a password, or a key in the path. */
export function nodeName(url: string, place: number): string {
  return `node ${place + 1} (${new URL(url).host})`
}
