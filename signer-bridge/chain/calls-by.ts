/**
 * What some addresses have said to Submission lately, read out of full blocks: the contract emits no
 * events, and a journal that is new or old does not know.
 */

import { type Address, isAddressEqual, type Transaction } from 'viem'
import { lowerCase } from '../../src/protocol/address.ts'
import { submissionAddress } from '../../src/protocol/contracts.ts'
import { ChainError, type Stretch, type SubmissionCall } from './chain.ts'
import { figureIn } from './figures.ts'
import type { Node, Nodes } from './nodes.ts'
import { hashSignedBy } from './signed-transaction.ts'

/** So many blocks are asked for at a time: a full one is some 100 kB. */
const blocksAtOnce = 8

/** Three minutes of four blocks a second are 720; whoever asks for more asks for too much. */
const maxBlocks = 1_500

/** A call with what its sender has signed of its place: nobody can change the order of nonces. */
type Placed = { readonly call: SubmissionCall; readonly nonce: number }

/**
 * Reads blocks backwards from the latest until they are older than the stretch, at all nodes, and takes
 * whatever any of them shows. A node can leave a call out, or show one that was signed and is in no
 * block; it can make none up, for each bears its sender's signature. So for most who ask more is safer:
 * a call of ours that was ever signed says that a key is used elsewhere, and a commit that was never in
 * a block is bound all the same, one a round. Who must know that a call is on chain goes by `isAlone`.
 *
 * @param patienceMs How long a node may hold up what another has answered.
 * @throws {ChainError} `chain-unreachable`, also if the stretch has more blocks than can be read
 */
export async function callsBy(
  nodes: Nodes,
  wanted: { readonly chainId: number; readonly addresses: readonly Address[] },
  stretch: Stretch,
  patienceMs: number,
): Promise<readonly SubmissionCall[]> {
  const senders = new Set(wanted.addresses.map(lowerCase))
  const answers = await nodes.askAll(
    (node) => callsAt(node, { chainId: wanted.chainId, senders }, stretch),
    { patienceMs },
  )
  return united(answers)
}

/** Every call once, each sender's by their nonces, which is the chain's order. */
function united(answers: readonly (readonly Placed[])[]): readonly SubmissionCall[] {
  const byHash = new Map<string, Placed & { readonly shown: number }>()
  for (const answer of answers) {
    const once = new Map(answer.map((placed) => [placed.call.txHash, placed]))
    for (const [txHash, placed] of once) {
      byHash.set(txHash, { ...placed, shown: (byHash.get(txHash)?.shown ?? 0) + 1 })
    }
  }
  return [...byHash.values()]
    .toSorted((one, other) =>
      one.call.sender === other.call.sender
        ? one.nonce - other.nonce || one.call.timestampSec - other.call.timestampSec
        : one.call.sender < other.call.sender
          ? -1
          : 1,
    )
    .map(({ call, shown }) =>
      answers.length > 1 && shown === 1 ? { ...call, isAlone: true } : call,
    )
}

async function callsAt(
  node: Node,
  wanted: Omit<Wanted, 'timestampSec'>,
  stretch: Stretch,
): Promise<readonly Placed[]> {
  const calls: Placed[] = []
  let next = await node.getBlockNumber({ cacheTime: 0 })
  for (let read = 0; read < maxBlocks; read += blocksAtOnce) {
    const numbers = Array.from({ length: blocksAtOnce }, (_, i) => next - BigInt(i))
    const blocks = await Promise.all(
      numbers.filter((number) => number >= 0n).map((number) => blockAt(node, number)),
    )
    for (const { timestampSec, transactions } of blocks) {
      if (timestampSec < stretch.fromSec || timestampSec >= stretch.untilSec) continue
      calls.push(...(await signedCalls(transactions, { ...wanted, timestampSec })))
    }
    next -= BigInt(blocksAtOnce)
    const oldest = blocks.at(-1)
    if (next < 0n || oldest === undefined || oldest.timestampSec < stretch.fromSec) return calls
  }
  throw new ChainError('chain-unreachable', `More than ${maxBlocks} blocks would have to be read.`)
}

async function blockAt(node: Node, blockNumber: bigint) {
  const block = await node.getBlock({ blockNumber, includeTransactions: true })
  return { timestampSec: figureIn(block.timestamp), transactions: block.transactions }
}

type Wanted = {
  readonly chainId: number
  readonly senders: ReadonlySet<Address>
  readonly timestampSec: number
}

/** The calls that their senders have signed: a node can show any transaction and name anybody. */
async function signedCalls(
  transactions: readonly Transaction[],
  { chainId, senders, timestampSec }: Wanted,
): Promise<Placed[]> {
  const calls: Placed[] = []
  for (const one of transactions) {
    const sender = lowerCase(one.from)
    if (one.to === null || !isAddressEqual(one.to, submissionAddress)) continue
    if (!senders.has(sender)) continue
    const txHash = await hashSignedBy(sender, one, chainId)
    if (txHash === undefined) continue
    const call = { sender, txHash, calldata: one.input, timestampSec }
    calls.push({ call, nonce: one.nonce })
  }
  return calls
}
