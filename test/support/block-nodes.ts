/**
 * Nodes that have nothing but blocks: a chain of them, hashed one upon the other, and nodes that are
 * behind, refuse, or follow another chain. They write a diary of what they were asked.
 */

import { type Address, encodeAbiParameters, type Hex, keccak256, numberToHex, pad } from 'viem'
import type { Batch, RpcCall } from '../../signer-bridge/chain/batch.ts'
import type { Node } from '../../signer-bridge/chain/nodes.ts'
import type { Head } from '../../signer-bridge/timeline.ts'
import type { FullBlock } from '../../src/protocol/raw-submissions.ts'

export type ModelBlock = FullBlock & { readonly hash: Hex; readonly parentHash: Hex }

/** Blocks in the order of their numbers, each with the hash of the one before; `salt` makes a fork. */
export function chained(blocks: readonly FullBlock[], salt = ''): ModelBlock[] {
  let parentHash: Hex = pad('0x0')
  return blocks
    .toSorted((one, other) => one.number - other.number)
    .map((block) => {
      const hash = keccak256(Buffer.from(`${salt}/${parentHash}/${block.number}`))
      const linked = { ...block, hash, parentHash }
      parentHash = hash
      return linked
    })
}

export type ModelRoot = {
  readonly relay: Address
  readonly blockNumber: number
  readonly protocolId: number
  readonly votingRoundId: number
  readonly merkleRoot: Hex
}

export class BlockNode {
  readonly url: string
  blocks: readonly ModelBlock[]
  /** The highest block that it has, or tells of. */
  height: number
  roots: readonly ModelRoot[] = []
  /** It fails, by what it is asked for. */
  refuses: (fromBlock: number, toBlock: number) => boolean = () => false
  /** Changes its answers. */
  distorts: (answers: unknown[]) => unknown[] = (answers) => answers
  /** The ranges of blocks that it was asked for, `from-to`. */
  readonly diary: string[] = []
  /** How many bytes each of these answers might have. */
  readonly mostBytes: number[] = []
  /** The ranges of blocks whose outlines it was asked for. */
  readonly outlined: string[] = []
  /** It gives no outlines. */
  isMute = false
  /** Of one request. */
  mostCalls = Number.POSITIVE_INFINITY
  /** It has no transaction by its hash. */
  isForgetful = false

  constructor(name: string, blocks: readonly ModelBlock[]) {
    this.url = `http://${name}.test/key`
    this.blocks = blocks
    this.height = blocks.length - 1
  }

  head(): Head {
    const { number, timestampSec } = this.#at(this.height)
    return { number, timestampSec, baseFeeWei: 1n }
  }

  port(): Node {
    const getBlock = async ({ blockNumber }: { blockNumber: bigint }) => {
      const { number, timestampSec } = this.#at(Number(blockNumber))
      return { number: BigInt(number), timestamp: BigInt(timestampSec) }
    }
    // As much of a node as the observer asks.
    return { url: this.url, getBlock } as unknown as Node
  }

  answer(calls: readonly RpcCall[], mostBytes: number): unknown[] {
    if (calls.length > this.mostCalls) throw new Error('too many calls')
    if (calls[0]?.params[1] !== true) return this.#outlines(calls)
    const numbers = calls.slice(0, -1).map(({ params: [number] }) => Number(number))
    const from = numbers[0] ?? 0
    const to = numbers.at(-1) ?? 0
    this.diary.push(`${from}-${to}`)
    this.mostBytes.push(mostBytes)
    if (this.refuses(from, to)) throw new Error('too many')
    const answers = numbers.map((number) =>
      number > this.height ? null : rpcBlock(this.#at(number)),
    )
    return this.distorts([...answers, this.#logs(calls.at(-1))])
  }

  #outlines(calls: readonly RpcCall[]): unknown[] {
    const numbers = calls.flatMap(({ method, params: [number] }) =>
      method === 'eth_getBlockByNumber' ? [Number(number)] : [],
    )
    if (numbers.length > 0) this.outlined.push(`${numbers[0]}-${numbers.at(-1)}`)
    if (this.isMute) throw new Error('no outlines')
    const told = this.distorts(
      numbers.map((number) => (number > this.height ? null : rpcBlock(this.#at(number)))),
    )
    return calls.map((call, place) => {
      if (place < numbers.length) return outlineOf(told[place])
      const [what] = call.params
      return call.method === 'eth_getLogs' ? this.#logs(call) : this.#transaction(String(what))
    })
  }

  #transaction(hash: string): unknown {
    const block = this.blocks[Number(hash.slice(0, 10))]
    if (block === undefined || block.number > this.height || this.isForgetful) return null
    const [told] = this.distorts([rpcBlock(block)]) as ReturnType<typeof rpcBlock>[]
    return told?.transactions.find((one) => one.hash === hash) ?? null
  }

  #logs(call: RpcCall | undefined): unknown[] {
    const [filter] = (call?.params ?? []) as [{ address: Address[]; fromBlock: Hex; toBlock: Hex }]
    return this.roots
      .filter(({ relay }) => filter.address.includes(relay))
      .filter(
        ({ blockNumber: at }) => at >= Number(filter.fromBlock) && at <= Number(filter.toBlock),
      )
      .map(rpcRoot)
  }

  #at(number: number): ModelBlock {
    const block = this.blocks[number]
    if (block === undefined) throw new Error(`There is no block ${number}.`)
    return block
  }
}

/** Requests to whichever of the nodes has the address. */
export function batchTo(nodes: readonly BlockNode[]): Batch {
  return async ({ url }, calls, mostBytes) => {
    const node = nodes.find((each) => each.url === url)
    if (node === undefined) throw new Error(`Nobody is at ${url}.`)
    return node.answer(calls, mostBytes)
  }
}

function rpcBlock({ number, timestampSec, hash, parentHash, transactions }: ModelBlock) {
  return {
    number: numberToHex(number),
    timestamp: numberToHex(timestampSec),
    hash,
    parentHash,
    extraDataOfTheirs: '0x',
    transactions: transactions.map((transaction) => ({
      ...transaction,
      // Nobody has signed it, and its fields make no hash: another node has to say the same.
      hash: hashIn(number, transaction.transactionIndex),
      transactionIndex: numberToHex(transaction.transactionIndex),
      accessList: [],
    })),
  }
}

/** As good as a hash: it begins with the number of its block. */
function hashIn(blockNumber: number, place: number): Hex {
  return `0x${blockNumber.toString(16).padStart(8, '0')}${place.toString(16).padStart(56, '0')}`
}

/** A block as it is told without its transactions. */
function outlineOf(told: unknown): unknown {
  if (told === null) return null
  const { transactions, ...rest } = told as ReturnType<typeof rpcBlock>
  return { ...rest, transactions: transactions.map(({ hash }) => hash) }
}

const relayedTopic = '0x4b781cfef3123d9257ab69e6e8ea36ad75a346d63c5ecf8a46931a0eef48bb9e'

function rpcRoot({ blockNumber, protocolId, votingRoundId, merkleRoot }: ModelRoot): unknown {
  return {
    blockNumber: numberToHex(blockNumber),
    logIndex: numberToHex(votingRoundId % 7),
    transactionHash: keccak256(merkleRoot),
    topics: [relayedTopic, word(protocolId), word(votingRoundId)],
    data: encodeAbiParameters([{ type: 'bool' }, { type: 'bytes32' }], [true, merkleRoot]),
  }
}

function word(value: number): Hex {
  return numberToHex(value, { size: 32 })
}
