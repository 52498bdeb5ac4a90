/** Nodes that answer by a function in place of a network. */

import { createPublicClient, custom, defineChain, numberToHex } from 'viem'
import { mainnet } from 'viem/chains'
import type { Node } from '../../signer-bridge/chain/nodes.ts'

export type Asked = { readonly method: string; readonly params?: unknown }

/** A node whose latest block has a number; all but the block is answered by `answer`. */
export function aToldNode(name: string, head: number, answer: (asked: Asked) => unknown): Node {
  const chain = defineChain({ ...mainnet, id: 14 })
  const request = (asked: Asked): Promise<unknown> => {
    if (asked.method !== 'eth_getBlockByNumber') return Promise.resolve().then(() => answer(asked))
    return Promise.resolve(aBlock(head))
  }
  const transport = custom({ request }, { retryCount: 0 })
  // Only the address is of another kind than that of a node over HTTP, and nobody looks at it here.
  return createPublicClient({ chain, transport }).extend(() => ({
    url: `told:${name}`,
  })) as unknown as Node
}

function aBlock(number: number) {
  return {
    number: numberToHex(number),
    timestamp: numberToHex(1_700_000_000 + number),
    baseFeePerGas: numberToHex(25_000_000_000),
    transactions: [],
  }
}
