/**
 * What some addresses have said to Submission lately, read out of full blocks: the contract emits no
 * events, and a journal that is new or old does not know.
 */

import {
  type Address,
  type Hash,
  isAddressEqual,
  keccak256,
  recoverAddress,
  serializeTransaction,
  type Signature,
  type Transaction,
} from 'viem'
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
  chainId: number,
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
        calls.push(await signedCalls(transactions, { chainId, senders, timestampSec }))
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
  return { timestampSec: Number(block.timestamp), transactions: block.transactions }
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
): Promise<SubmissionCall[]> {
  const calls: SubmissionCall[] = []
  for (const one of transactions) {
    const sender = lowerCase(one.from)
    if (one.to === null || !isAddressEqual(one.to, submissionAddress)) continue
    if (!senders.has(sender)) continue
    const txHash = await hashSignedBy(sender, one, chainId)
    if (txHash !== undefined) calls.push({ sender, txHash, calldata: one.input, timestampSec })
  }
  return calls
}

/**
 * The hash of a transaction, out of its own fields, if the sender has signed them for this chain.
 * Of the kinds that Flare's nodes take; another one is nobody's.
 */
async function hashSignedBy(
  sender: Address,
  transaction: Transaction,
  chainId: number,
): Promise<Hash | undefined> {
  try {
    const { signature, signedChainId } = signatureOf(transaction)
    if (signedChainId !== undefined && signedChainId !== chainId) return undefined
    const fields = fieldsOf(transaction, signedChainId)
    const signer = await recoverAddress({
      hash: keccak256(serializeTransaction(fields)),
      signature,
    })
    if (!isAddressEqual(signer, sender)) return undefined
    return keccak256(serializeTransaction(fields, signature))
  } catch {
    // Fields that cannot be a transaction, or a signature that is none: nobody has signed it.
    return undefined
  }
}

/** From here on a legacy signature's `v` names the chain (EIP-155). */
const firstChainV = 35n

/** The signature, and the chain that it is for; a legacy one may be for any. */
function signatureOf(transaction: Transaction): {
  readonly signature: Signature
  readonly signedChainId: number | undefined
} {
  const { r, s, v, type, chainId } = transaction
  if (type !== 'legacy') {
    return { signature: { r, s, yParity: transaction.yParity }, signedChainId: chainId }
  }
  if (v < firstChainV) return { signature: { r, s, v }, signedChainId: undefined }
  const signedChainId = Number((v - firstChainV) / 2n)
  return { signature: { r, s, v }, signedChainId }
}

/** What was signed. */
function fieldsOf(one: Transaction, signedChainId: number | undefined) {
  const { nonce, gas, to, value, input: data } = one
  const call = { nonce, gas, to, value, data }
  if (one.type === 'legacy') {
    const type = 'legacy' as const
    const { gasPrice } = one
    return signedChainId === undefined
      ? { ...call, type, gasPrice }
      : { ...call, type, gasPrice, chainId: signedChainId }
  }
  if (one.type !== 'eip1559') throw new TypeError(`A transaction of type ${one.type}.`)
  const { maxFeePerGas, maxPriorityFeePerGas, accessList, chainId } = one
  return {
    ...call,
    type: 'eip1559' as const,
    chainId,
    maxFeePerGas,
    maxPriorityFeePerGas,
    accessList,
  }
}
