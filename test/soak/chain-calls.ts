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

const counts = new Map<string, { readonly latest: number; readonly pending: number }>()

/** Every call of some senders, oldest first; notes their nonces on the way. */
export async function callsOnChain(
  rpcUrl: string,
  senders: readonly Hex[],
): Promise<readonly ChainCall[]> {
  const client = createPublicClient({ transport: http(rpcUrl) })
  for (const address of senders) {
    const [latest, pending] = await Promise.all([
      client.getTransactionCount({ address, blockTag: 'latest' }),
      client.getTransactionCount({ address, blockTag: 'pending' }),
    ])
    counts.set(address, { latest, pending })
  }
  const ours = new Set(senders.map((address) => address.toLowerCase()))
  const newest = await client.getBlockNumber({ cacheTime: 0 })
  const calls: ChainCall[] = []
  for (let blockNumber = 0n; blockNumber <= newest; blockNumber += 1n) {
    const block = await client.getBlock({ blockNumber, includeTransactions: true })
    for (const { from, to, input } of block.transactions) {
      const kind = kinds[input.slice(0, 10)]
      if (to?.toLowerCase() !== submission || !ours.has(from) || kind === undefined) continue
      calls.push({ kind, from, input, timestampSec: Number(block.timestamp) })
    }
  }
  return calls
}

export function countsOf(address: string): { readonly latest: number; readonly pending: number } {
  return counts.get(address) ?? { latest: 0, pending: 0 }
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
