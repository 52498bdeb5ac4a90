/**
 * Nodes over one chain, each of which may tell it otherwise: what the bridge asks of a node is answered
 * from a few facts that a test changes. Block `n` is stamped `n` seconds after the chain's start.
 */

import {
  type Address,
  BlockNotFoundError,
  type Hash,
  keccak256,
  TransactionReceiptNotFoundError,
} from 'viem'
import type { Node } from '../../signer-bridge/chain/nodes.ts'
import { submissionAddress } from '../../src/protocol/contracts.ts'
import type { EpochSchedule } from '../../src/protocol/epoch.ts'

export const hashOf = (name: string): Hash => keccak256(Buffer.from(name))

export const addressOf = (digit: string): Address => `0x${digit.repeat(40)}`

/** What a node tells of a transaction; all of it may be nonsense. */
export type ToldReceipt = {
  readonly blockNumber: bigint
  readonly gasUsed: bigint
  readonly effectiveGasPrice: bigint
  readonly status: string
}

export const aReceipt = (differing: Partial<ToldReceipt> = {}): ToldReceipt => ({
  blockNumber: 100n,
  gasUsed: 30_000n,
  effectiveGasPrice: 7n,
  status: 'success',
  ...differing,
})

export class ToldChain {
  isAway = false
  /** Takes questions and answers none before this is over. */
  hangs: Promise<void> | undefined
  chainId: number
  genesis: unknown = '0x01'
  height = 120
  counts = 0
  relay = addressOf('b')
  /** What the registry says of Submission. */
  submission: Address = submissionAddress
  /** What the node shows; it need not be in a block. */
  readonly receipts = new Map<Hash, ToldReceipt>()
  /** What its blocks have. */
  readonly blocks = new Map<number, readonly unknown[]>()
  /** In place of a block's own stamp. */
  stampOf: (number: number) => number
  readonly sent: string[] = []
  readonly #schedule: EpochSchedule

  constructor(chainId: number, schedule: EpochSchedule, startSec = schedule.genesisSec) {
    this.chainId = chainId
    this.#schedule = schedule
    this.stampOf = (number) => startSec + number
  }

  /** The transaction is in a block, and has a receipt. */
  include(txHash: Hash, receipt = aReceipt()): void {
    this.receipts.set(txHash, receipt)
    const number = Number(receipt.blockNumber)
    this.blocks.set(number, [...(this.blocks.get(number) ?? []), txHash])
  }

  port(): Node {
    const { genesisSec, roundSec, firstRewardRound, rewardEpochRounds } = this.#schedule
    const figures: Record<string, number> = {
      firstVotingRoundStartTs: genesisSec,
      votingEpochDurationSeconds: roundSec,
      firstRewardEpochStartTs: genesisSec + firstRewardRound * roundSec,
      rewardEpochDurationSeconds: rewardEpochRounds * roundSec,
    }
    const here = async <T>(answer: () => T): Promise<T> => {
      if (this.hangs !== undefined) await this.hangs
      if (this.isAway) throw new Error('connect ECONNREFUSED')
      return answer()
    }
    const model = {
      url: 'http://node.test/key',
      getChainId: () => here(() => this.chainId),
      getBlockNumber: () => here(() => BigInt(this.height)),
      getBlock: ({ blockNumber }: { readonly blockNumber?: bigint }) =>
        here(() => this.#block(Number(blockNumber ?? this.height))),
      getTransactionCount: () => here(() => this.counts),
      getBalance: () => here(() => 10n ** 20n),
      getTransactionReceipt: ({ hash }: { readonly hash: Hash }) =>
        here(() => {
          const receipt = this.receipts.get(hash)
          if (receipt === undefined) throw new TransactionReceiptNotFoundError({ hash })
          return receipt
        }),
      readContract: ({ functionName }: { readonly functionName: string }) =>
        here(
          () =>
            figures[functionName] ?? [
              this.submission,
              addressOf('a'),
              this.relay,
              addressOf('c'),
              addressOf('d'),
              addressOf('e'),
            ],
        ),
      sendRawTransaction: ({ serializedTransaction: raw }: { serializedTransaction: string }) =>
        here(() => void this.sent.push(raw)),
      request: () => here(() => []),
    }
    // As much of a node as the bridge asks.
    return model as unknown as Node
  }

  #block(number: number) {
    if (number > this.height) throw new BlockNotFoundError({ blockNumber: BigInt(number) })
    return {
      number: BigInt(number),
      timestamp: BigInt(this.stampOf(number)),
      hash: this.genesis,
      baseFeePerGas: 1n,
      transactions: this.blocks.get(number) ?? [],
    }
  }
}
