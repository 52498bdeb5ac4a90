/** What a stranger reads off the chain: whole blocks, calls of the Submission contract, their frames. */

import { createPublicClient, type Hex, http } from 'viem'

export type ChainCall = {
  readonly kind: 'submit1' | 'submit2' | 'submitSignatures'
  readonly from: string
  /** Calldata. */
  readonly input: string
  /** Of its block, Unix seconds. */
  readonly timestampSec: number
}

const submission = '0x2ca6571daa15ce734bbd0bf27d5c9d16787fc33f'
const kinds: Readonly<Record<string, ChainCall['kind']>> = {
  '0x6c532fae': 'submit1',
  '0x9d00c9fd': 'submit2',
  '0x57eed580': 'submitSignatures',
}

export const submissionSelectors: ReadonlySet<string> = new Set(Object.keys(kinds))

/** As much of the chain as the judge goes by. */
export type SeenChain = {
  /** Oldest first. */
  readonly blocks: readonly SeenBlock[]
  /** Of each sender at the end. */
  readonly counts: ReadonlyMap<Hex, NonceCounts>
}

export type SeenBlock = {
  /** Unix seconds. */
  readonly timestampSec: number
  readonly transactions: readonly {
    readonly from: string
    readonly to: string | null
    readonly input: string
  }[]
}

/** Transactions on chain, and the same with those that wait. */
type NonceCounts = { readonly latest: number; readonly pending: number }

/** Reads every block, and the nonces of some senders. */
export async function readChain(rpcUrl: string, senders: readonly Hex[]): Promise<SeenChain> {
  const client = createPublicClient({ transport: http(rpcUrl) })
  const counts = new Map<Hex, NonceCounts>()
  for (const address of senders) {
    const [latest, pending] = await Promise.all([
      client.getTransactionCount({ address, blockTag: 'latest' }),
      client.getTransactionCount({ address, blockTag: 'pending' }),
    ])
    counts.set(address, { latest, pending })
  }
  const newest = await client.getBlockNumber({ cacheTime: 0 })
  const blocks: SeenBlock[] = []
  for (let blockNumber = 0n; blockNumber <= newest; blockNumber += 1n) {
    const block = await client.getBlock({ blockNumber, includeTransactions: true })
    const transactions = block.transactions.map(({ from, to, input }) => ({ from, to, input }))
    blocks.push({ timestampSec: Number(block.timestamp), transactions })
  }
  return { blocks, counts }
}

/** Every call of some senders to Submission, oldest first. */
export function callsIn(
  blocks: readonly SeenBlock[],
  senders: readonly Hex[],
): readonly ChainCall[] {
  const ours = new Set(senders.map((address) => address.toLowerCase()))
  return blocks.flatMap(({ timestampSec, transactions }) =>
    transactions.flatMap(({ from, to, input }): readonly ChainCall[] => {
      const kind = kinds[input.slice(0, 10)]
      const isCall = to?.toLowerCase() === submission && ours.has(from.toLowerCase())
      return isCall && kind !== undefined ? [{ kind, from, input, timestampSec }] : []
    }),
  )
}

/** The frames behind a selector; payloads as digits. */
export function framesOf(
  calldata: string,
): readonly { readonly protocol: number; readonly round: number; readonly payload: string }[] {
  const frames: { protocol: number; round: number; payload: string }[] = []
  let rest = calldata.slice(10)
  while (rest.length >= 14) {
    const end = 14 + 2 * Number.parseInt(rest.slice(10, 14), 16)
    frames.push({
      protocol: Number.parseInt(rest.slice(0, 2), 16),
      round: Number.parseInt(rest.slice(2, 10), 16),
      payload: rest.slice(14, end),
    })
    rest = rest.slice(end)
  }
  return frames
}
