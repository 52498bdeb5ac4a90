/** What a call would do and take now, by the nodes at the head; and what a sent one has paid. */

import {
  type Address,
  BaseError,
  ExecutionRevertedError,
  type Hash,
  type Hex,
  isAddressEqual,
  parseEventLogs,
} from 'viem'
import type { Chain } from '../chain/chain.ts'
import type { Node, Nodes } from '../chain/nodes.ts'
import { maxReason, sentencesOf } from '../chain/refusals.ts'
import { rewardManagerAbi } from './abis.ts'
import { groupsOf } from './agreement.ts'
import { gasLimitOf, maxHouseGas } from './policy.ts'
import { presentAnswers } from './present.ts'

/** What a call would do now. */
export type Simulated =
  | { readonly kind: 'done'; readonly data: Hex }
  | { readonly kind: 'refused'; readonly reason: string }

export type CallReads = {
  readonly simulate: (from: Address, to: Address, calldata: Hex) => Promise<Simulated>
  /** @throws {ChainError} `chain-unreachable`, also if the call would be refused. */
  readonly estimateGas: (from: Address, to: Address, calldata: Hex) => Promise<bigint>
  /** What a transaction has paid to a recipient, by the events of its receipt. Wei. */
  readonly paidBy: (txHash: Hash, recipient: Address) => Promise<bigint>
}

export function callReads(
  nodes: Nodes,
  chain: Pick<Chain, 'head'>,
  rewardManager: Address,
): CallReads {
  return {
    simulate: async (account, to, data) => {
      const ask = (node: Node) => simulated(node, account, to, data)
      return mostSimulated(await presentAnswers(nodes, chain, ask))
    },
    estimateGas: async (account, to, data) => {
      const ask = (node: Node) => node.estimateGas({ account, to, data })
      return likelyGas(await presentAnswers(nodes, chain, ask))
    },
    paidBy: async (hash, recipient) => {
      const { logs } = await nodes.ask((node) => node.getTransactionReceipt({ hash }))
      const own = logs.filter(({ address }) => isAddressEqual(address, rewardManager))
      const eventName = 'RewardClaimed'
      return parseEventLogs({ abi: rewardManagerAbi, logs: own, eventName })
        .filter(({ args }) => isAddressEqual(args.recipient, recipient))
        .reduce((sum, { args }) => sum + args.amount, 0n)
    },
  }
}

/** What most say; of as many that it is done: what it would then cost in vain is bounded. */
export function mostSimulated(said: readonly Simulated[]): Simulated {
  const ranked = said.toSorted((one, other) => rankOf(one) - rankOf(other))
  const [[first] = []] = groupsOf(ranked, (one) => (one.kind === 'done' ? one.data : one.kind))
  if (first === undefined) throw new Error('There is an answer, or it was thrown.')
  return first
}

const rankOf = ({ kind }: Simulated) => (kind === 'done' ? 0 : 1)

/** The most that may be sent, for too little is lost; a node that says more does not stop the call. */
export function likelyGas(told: readonly bigint[]): bigint {
  const sorted = told.toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0))
  const gas = sorted.findLast((one) => gasLimitOf(one) <= maxHouseGas) ?? sorted[0]
  if (gas === undefined) throw new Error('There is an answer, or it was thrown.')
  return gas
}

async function simulated(node: Node, account: Address, to: Address, data: Hex): Promise<Simulated> {
  try {
    const answer = await node.call({ account, to, data })
    return { kind: 'done', data: answer.data ?? '0x' }
  } catch (error) {
    if (!(error instanceof BaseError)) throw error
    if (error.walk((cause) => cause instanceof ExecutionRevertedError) === null) throw error
    return { kind: 'refused', reason: sentencesOf(error).slice(0, maxReason) }
  }
}
