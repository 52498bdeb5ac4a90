/**
 * What the nodes say that are where the chain is: one that is stuck answers as quickly as ever, and
 * of another time. What it says is not used, however many others are away.
 */

import type { Chain } from '../chain/chain.ts'
import { ChainError } from '../chain/chain.ts'
import { headOf, type Node, type Nodes } from '../chain/nodes.ts'
import { groupsOf } from './agreement.ts'

/** Blocks behind the one that is believed: a node of Flare's is that late in a bad moment. */
const mostBehind = 5

/** Blocks ahead of it, which come while the nodes are asked. */
const mostAhead = 60

/** A registration takes ten requests. Milliseconds. */
const patienceMs = 5_000

/**
 * The answers of the nodes at the head, of the newest first.
 *
 * @throws {ChainError} `chain-unreachable` if none of those answers.
 */
export async function presentAnswers<T>(
  nodes: Nodes,
  chain: Pick<Chain, 'head'>,
  question: (node: Node) => Promise<T>,
): Promise<readonly T[]> {
  const { number: believed } = await chain.head()
  const isPresent = ({ number }: { readonly number: number }) =>
    number >= believed - mostBehind && number <= believed + mostAhead
  const told = await nodes.askAll(
    async (node) => {
      const { number } = await headOf(node)
      return { number, answer: await question(node) }
    },
    { isEnough: (answers) => answers.some(isPresent), patienceMs },
  )
  const present = told.filter(isPresent).toSorted((one, other) => other.number - one.number)
  if (present.length > 0) return present.map(({ answer }) => answer)
  throw new ChainError('chain-unreachable', 'No node that answers is at the head of the chain.')
}

/**
 * What most of them say; of as many the one of the newest.
 *
 * @throws {ChainError} as above
 */
export async function presentAnswer<T>(
  nodes: Nodes,
  chain: Pick<Chain, 'head'>,
  question: (node: Node) => Promise<T>,
): Promise<T> {
  const answers = await presentAnswers(nodes, chain, question)
  const [[answer] = []] = groupsOf(answers, (one) => JSON.stringify(one))
  // There is one, or it was thrown: it may be `undefined` itself.
  return answer as T
}
