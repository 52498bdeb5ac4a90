/**
 * Full blocks from one node, several in a request, with the roots that were relayed in them: parsed,
 * and held against one another and against the block that they are to follow.
 */

import { type Address, decodeEventLog, numberToHex } from 'viem'
import { z } from 'zod'
import { submissionAddress } from '../../src/protocol/contracts.ts'
import { OracleError } from '../../src/protocol/errors.ts'
import { type FullBlock, rawSubmissionsOf } from '../../src/protocol/raw-submissions.ts'
import type { Batch } from '../chain/batch.ts'
import { addressSchema, hash32Schema, hexSchema, quantitySchema } from '../chain/hex.ts'
import type { Node } from '../chain/nodes.ts'
import type { ReadBlocks, RelayedRoot } from '../observations/block-book.ts'
import type { BlockMark } from '../observations/rows.ts'
import { wordOf } from './block-word.ts'
import { doubtsIn, type ToldTransaction, toldSchema } from './proofs.ts'
import {
  relayedEvent,
  relayedInBlock,
  type RelayedLog,
  relayedLogsCall,
  relayedLogsSchema,
} from './relayed-logs.ts'
import { sourceOf } from './sources.ts'

/** A node's answer that is no part of the chain that is followed, or none of any. */
export class BlocksError extends OracleError<'block-malformed' | 'block-of-another-chain'> {}

/** Which blocks are wanted, both ends included. */
export type BlockRange = {
  readonly fromBlock: number
  readonly toBlock: number
  /** No block up to `toBlock` can be stamped later. Unix seconds. */
  readonly latestSec: number
  /** Whose child the first has to be. */
  readonly after?: BlockMark
  /** Every Relay. */
  readonly relays: readonly Address[]
}

/** What has to be known of the blocks for another node to confirm them. */
export type ForConfirmation = {
  /** Of the chain that senders have signed for. */
  readonly chainId: number
}

/** An answer is held in memory several times over, so one of many blocks must not be a large one. */
const severalBytes = 2 * 1_024 * 1_024

/** A block that is full to its gas limit has some 8 MB of calldata in hex. */
const singleBytes = 16 * 1_024 * 1_024

/**
 * As many of the blocks as the node has, from the first on.
 *
 * @returns `undefined` if it has not even the first.
 * @throws {BlocksError} `block-malformed`; `block-of-another-chain` if the first does not follow the
 *   block that it should.
 * @throws {Error} if the node does not answer.
 */
export async function readBlocks(
  batch: Batch,
  node: Pick<Node, 'url'>,
  range: BlockRange,
  confirmation?: ForConfirmation,
): Promise<ReadBlocks | undefined> {
  const { fromBlock, toBlock, relays } = range
  const numbers = Array.from({ length: toBlock - fromBlock + 1 }, (_, i) => fromBlock + i)
  const blockCalls = numbers.map((number) => ({
    method: 'eth_getBlockByNumber',
    params: [numberToHex(number), true],
  }))
  const mostBytes = numbers.length > 1 ? severalBytes : singleBytes
  const answers = await batch(node, [...blockCalls, relayedLogsCall(relays, range)], mostBytes)
  const blocks = blocksIn(answers.slice(0, -1), range)
  if (blocks.length === 0) return undefined
  const logs = parsed(relayedLogsSchema, answers.at(-1))
  return {
    blocks: blocks.map(({ number, timestampSec, hash }) => ({ number, timestampSec, hash })),
    submissions: blocks.flatMap(rawSubmissionsOf),
    relayed: relayedIn(logs, blocks),
    ...(confirmation !== undefined && {
      provenance: {
        source: sourceOf(node.url),
        relays,
        words: blocks.map((block) => wordOf(block, relayedInBlock(logs, block.number))),
        doubts: await doubtsIn(blocks, confirmation.chainId),
      },
    }),
  }
}

type LinkedBlock = FullBlock &
  BlockMark & {
    readonly parentHash: BlockMark['hash']
    readonly transactionHashes: readonly BlockMark['hash'][]
    /** All of its transactions, as they were told. */
    readonly told: readonly ToldTransaction[]
  }

const blockSchema = z.object({
  number: quantitySchema,
  timestamp: quantitySchema,
  hash: hash32Schema,
  parentHash: hash32Schema,
  transactions: z.array(toldSchema.and(z.looseObject({ to: z.string().nullish() }))),
})

/** Of the calls of Submission; what others send is none of our business. */
const transactionSchema = z.object({
  from: addressSchema,
  to: addressSchema,
  input: hexSchema,
  transactionIndex: quantitySchema,
})

const submission = submissionAddress.toLowerCase()

/** The blocks up to the first that the node does not have. */
function blocksIn(answers: readonly unknown[], range: BlockRange): readonly LinkedBlock[] {
  const missing = answers.findIndex((answer) => answer === null || answer === undefined)
  const blocks = (missing < 0 ? answers : answers.slice(0, missing)).map(blockOf)
  for (const [place, block] of blocks.entries()) {
    check(block, place === 0 ? range.after : blocks[place - 1], place, range)
  }
  return blocks
}

/** Holds a block against the one before it, and against what it was asked for. */
function check(
  { number, timestampSec, parentHash }: LinkedBlock,
  before: BlockMark | undefined,
  place: number,
  { fromBlock, latestSec }: BlockRange,
): void {
  if (before !== undefined && parentHash !== before.hash) {
    const code = place === 0 ? 'block-of-another-chain' : 'block-malformed'
    throw new BlocksError(code, `Block ${number} does not follow ${before.hash}.`)
  }
  const isInTime = timestampSec >= (before?.timestampSec ?? 0) && timestampSec <= latestSec
  if (number !== fromBlock + place || !isInTime) {
    throw new BlocksError('block-malformed', `Block ${number} is out of its place or time.`)
  }
}

function blockOf(answer: unknown): LinkedBlock {
  const { number, timestamp, hash, parentHash, transactions } = parsed(blockSchema, answer)
  return {
    number,
    timestampSec: timestamp,
    hash,
    parentHash,
    transactionHashes: transactions.map((one) => one.hash),
    told: transactions,
    transactions: transactions
      .filter(({ to }) => to?.toLowerCase() === submission)
      .map((transaction) => parsed(transactionSchema, transaction)),
  }
}

function relayedIn(
  logs: readonly RelayedLog[],
  blocks: readonly LinkedBlock[],
): readonly RelayedRoot[] {
  const byNumber = new Map(blocks.map((block) => [block.number, block]))
  return logs.flatMap((log) => {
    const block = byNumber.get(log.blockNumber)
    if (block === undefined) return []
    const { args } = relayedArgs(log)
    return [
      {
        ...args,
        blockNumber: block.number,
        logIndex: log.logIndex,
        timestampSec: block.timestampSec,
        txHash: log.transactionHash,
      },
    ]
  })
}

function relayedArgs({ topics, data }: RelayedLog) {
  try {
    return decodeEventLog({ abi: [relayedEvent], topics, data })
  } catch (cause) {
    throw new BlocksError('block-malformed', 'A log is not what its topic says.', { cause })
  }
}

function parsed<T extends z.ZodType>(schema: T, answer: unknown): z.output<T> {
  const result = schema.safeParse(answer)
  if (result.success) return result.data
  const where = result.error.issues[0]?.path.join('.')
  throw new BlocksError('block-malformed', `A block or a log is not what it should be at ${where}.`)
}
