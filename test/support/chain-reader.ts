/**
 * What a stranger reads from the chain about a provider's rounds, in a few lines of its own: whole
 * blocks, calls of the Submission contract, the bytes behind the selectors.
 */

import { createPublicClient, encodeAbiParameters, type Hex, http, keccak256, slice } from 'viem'

const submission = '0x2ca6571daa15ce734bbd0bf27d5c9d16787fc33f'
const selectors = { '0x6c532fae': 'submit1', '0x9d00c9fd': 'submit2' } as const

export type ReadCall = {
  readonly kind: 'submit1' | 'submit2'
  readonly from: Hex
  readonly votingRoundId: number
  /** Without the frame around it. */
  readonly payload: Hex
  readonly hash: Hex
  /** Unix seconds. */
  readonly blockTimestamp: number
  readonly succeeded: boolean
}

/** Every submit1 and submit2 since a block, oldest first. */
export async function callsSince(rpcUrl: string, fromBlock: bigint): Promise<readonly ReadCall[]> {
  const client = createPublicClient({ transport: http(rpcUrl) })
  const newest = await client.getBlockNumber({ cacheTime: 0 })
  const calls: ReadCall[] = []
  for (let number = fromBlock; number <= newest; number += 1n) {
    const block = await client.getBlock({ blockNumber: number, includeTransactions: true })
    for (const { to, input, from, hash } of block.transactions) {
      if (to?.toLowerCase() !== submission) continue
      const kind = Object.entries(selectors).find(([selector]) => input.startsWith(selector))?.[1]
      if (kind === undefined || slice(input, 4, 5) !== '0x64') continue
      const { status } = await client.getTransactionReceipt({ hash })
      calls.push({
        kind,
        from,
        votingRoundId: Number(slice(input, 5, 9)),
        payload: slice(input, 11),
        hash,
        blockTimestamp: Number(block.timestamp),
        succeeded: status === 'success',
      })
    }
  }
  return calls
}

export async function newestBlock(rpcUrl: string): Promise<bigint> {
  return createPublicClient({ transport: http(rpcUrl) }).getBlockNumber({ cacheTime: 0 })
}

/** The commit that a reveal answers for. */
export function commitOfReveal({ from, votingRoundId, payload }: ReadCall): Hex {
  return keccak256(
    encodeAbiParameters(
      [{ type: 'address' }, { type: 'uint32' }, { type: 'uint256' }, { type: 'bytes' }],
      [from, votingRoundId, BigInt(slice(payload, 0, 32)), slice(payload, 32)],
    ),
  )
}

/** Start of a round on the local chain, Unix seconds. */
export function roundStartSec(votingRoundId: number, roundSec: number): number {
  return 1_658_430_000 + votingRoundId * roundSec
}
