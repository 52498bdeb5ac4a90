/** Sends a transaction: to every node at once, for one that drops it is no rare thing. */

import type { Hex } from 'viem'
import { ChainError, type SendOutcome } from './chain.ts'
import type { Node, Nodes } from './nodes.ts'
import { outcomeOf } from './refusals.ts'

/**
 * Hands a transaction to all nodes. That its nonce is used counts most, for a node that is behind
 * takes what can never land; then the best news.
 */
export async function sendTo(nodes: Nodes, raw: Hex): Promise<SendOutcome> {
  try {
    const outcomes = await nodes.askAll((node) => sendToOne(node, raw), isDecisive)
    for (const kind of ['nonce-used', 'accepted', 'underpriced', 'refused'] as const) {
      const found = outcomes.find((outcome) => outcome.kind === kind)
      if (found !== undefined) return found
    }
    return outcomes[0] ?? { kind: 'unreachable', reason: 'There is no node to send to.' }
  } catch (error) {
    if (!(error instanceof ChainError)) throw error
    return { kind: 'unreachable', reason: error.message }
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
