/** Sends a transaction: to every node at once, for one that drops it is no rare thing. */

import type { Hex } from 'viem'
import { ChainError, type SendOutcome } from './chain.ts'
import type { Node, Nodes } from './nodes.ts'
import { outcomeOf } from './refusals.ts'

export type Sending = {
  readonly outcome: SendOutcome
  /** Whether a node says that the nonce is used, whatever the others say. */
  readonly isCalledUsed: boolean
  /** Whether a node has it, or waits for a higher fee at its nonce: for that one it is not used. */
  readonly isTaken: boolean
}

/** Hands a transaction to all nodes. The best news is the outcome: one that lies cannot undo it. */
export async function sendTo(nodes: Nodes, raw: Hex): Promise<Sending> {
  const outcomes = await outcomesOf(nodes, raw)
  const has = (kind: SendOutcome['kind']) => outcomes.some((outcome) => outcome.kind === kind)
  const best = (['accepted', 'nonce-used', 'underpriced', 'refused'] as const)
    .map((kind) => outcomes.find((outcome) => outcome.kind === kind))
    .find((outcome) => outcome !== undefined)
  return {
    outcome: best ?? outcomes[0] ?? { kind: 'unreachable', reason: 'There is no node to send to.' },
    isCalledUsed: has('nonce-used'),
    isTaken: has('accepted') || has('underpriced'),
  }
}

async function outcomesOf(nodes: Nodes, raw: Hex): Promise<readonly SendOutcome[]> {
  try {
    return await nodes.askAll((node) => sendToOne(node, raw), {
      isEnough: (answers) => answers.some(isDecisive),
    })
  } catch (error) {
    if (!(error instanceof ChainError)) throw error
    return [{ kind: 'unreachable', reason: error.message }]
  }
}

const isDecisive = ({ kind }: SendOutcome) => kind === 'accepted' || kind === 'nonce-used'

async function sendToOne(node: Node, raw: Hex): Promise<SendOutcome> {
  try {
    await node.sendRawTransaction({ serializedTransaction: raw })
    return { kind: 'accepted' }
  } catch (error) {
    return outcomeOf(error)
  }
}
