/**
 * What some addresses have said to Submission lately, read out of full blocks: the contract emits no
 * events, and a journal that is new or old does not know.
 */

import { type Address, isAddressEqual } from 'viem'
import { lowerCase } from '../../src/protocol/address.ts'
import { submissionAddress } from '../../src/protocol/contracts.ts'
import { ChainError, type Stretch, type SubmissionCall } from './chain.ts'
import type { Node, Nodes } from './nodes.ts'

/** So many blocks are asked for at a time: a full one is some 100 kB. */
const blocksAtOnce = 8

/** Three minutes of four blocks a second are 720; whoever asks for more asks for too much. */
const maxBlocks = 1_500

/**
 * Reads blocks backwards from the latest until they are older than the stretch.
 *
 * @throws {ChainError} `chain-unreachable`, also if the stretch has more blocks than can be read
 */
export async function callsBy(
  nodes: Nodes,
  addresses: readonly Address[],
  stretch: Stretch,
): Promise<readonly SubmissionCall[]> {
  const senders = new Set(addresses.map(lowerCase))
  return await nodes.ask(async (node) => {
    const calls: SubmissionCall[][] = []
    let next = await node.getBlockNumber({ cacheTime: 0 })
    for (let read = 0; read < maxBlocks; read += blocksAtOnce) {
      const numbers = Array.from({ length: blocksAtOnce }, (_, i) => next - BigInt(i))
      const blocks = await Promise.all(
        numbers.filter((number) => number >= 0n).map((number) => blockAt(node, number)),
      )
      for (const { timestampSec, transactions } of blocks) {
        if (timestampSec < stretch.fromSec || timestampSec >= stretch.untilSec) continue
        calls.push(transactions.filter(({ sender }) => senders.has(sender)))
      }
      next -= BigInt(blocksAtOnce)
      const oldest = blocks.at(-1)
      if (next < 0n || oldest === undefined || oldest.timestampSec < stretch.fromSec) {
        return calls.toReversed().flat()
      }
    }
    throw new ChainError(
      'chain-unreachable',
      `More than ${maxBlocks} blocks would have to be read.`,
    )
  })
}

async function blockAt(node: Node, blockNumber: bigint) {
  const block = await node.getBlock({ blockNumber, includeTransactions: true })
  const timestampSec = Number(block.timestamp)
  const transactions = block.transactions.flatMap((one): SubmissionCall[] =>
    one.to !== null && isAddressEqual(one.to, submissionAddress)
      ? [{ sender: lowerCase(one.from), txHash: one.hash, calldata: one.input, timestampSec }]
      : [],
  )
  return { timestampSec, transactions }
}
