/**
 * The roots that were relayed in a range of blocks, as logs: one question of whoever reads blocks and
 * of whoever confirms them, so that the two answers can be held against one another.
 */

import { type Address, getAbiItem, numberToHex, toEventSelector } from 'viem'
import { z } from 'zod'
import { relayAbi } from '../../src/protocol/contracts.ts'
import type { RpcCall } from '../chain/batch.ts'
import { logSchema } from '../chain/epoch-events.ts'
import { hash32Schema } from '../chain/hex.ts'

export const relayedEvent = getAbiItem({ abi: relayAbi, name: 'ProtocolMessageRelayed' })

const relayedLogSchema = logSchema.and(z.object({ transactionHash: hash32Schema }))
export type RelayedLog = z.infer<typeof relayedLogSchema>

export const relayedLogsSchema = z.array(relayedLogSchema)

/** Asks for all that these Relays have said in some blocks, both ends included. */
export function relayedLogsCall(
  relays: readonly Address[],
  { fromBlock, toBlock }: { readonly fromBlock: number; readonly toBlock: number },
): RpcCall {
  const filter = {
    address: relays,
    topics: [toEventSelector(relayedEvent)],
    fromBlock: numberToHex(fromBlock),
    toBlock: numberToHex(toBlock),
  }
  return { method: 'eth_getLogs', params: [filter] }
}

/** Those of one block, in its order. */
export function relayedInBlock(
  logs: readonly RelayedLog[],
  blockNumber: number,
): readonly RelayedLog[] {
  return logs
    .filter((log) => log.blockNumber === blockNumber)
    .toSorted((one, other) => one.logIndex - other.logIndex)
}
