/**
 * The account that looks after the local chain, and the only one to mine: as the address by which
 * Flare's own daemon calls, impersonated, so that no key of it exists.
 */

import type { Hex } from 'viem'
import { type Call, hexOf, type Rpc } from './rpc.ts'

/** @see https://dev.flare.network/network/solidity-reference, the FlareDaemon's address */
export const keeperAddress = '0x1000000000000000000000000000000000000002'

/** Flare's floor since July 2026, which its base fee seldom leaves. Wei. */
export const baseFeeWei = 500_000_000_000n

/** Above all that others would pay, since anvil takes transactions by their caps. Wei. */
const feeCapWei = 10n ** 18n

const balanceWei = 10n ** 40n

/** A pool that is not empty after this many blocks holds something that never will be mined. */
const maxSettlingBlocks = 20

export class KeeperAccount {
  readonly #rpc: Rpc

  constructor(rpc: Rpc) {
    this.#rpc = rpc
  }

  async prepare(): Promise<void> {
    await this.#rpc.call('anvil_impersonateAccount', keeperAddress)
    await this.#rpc.call('anvil_setBalance', keeperAddress, hexOf(balanceWei))
  }

  send(call: Call): Promise<Hex> {
    return this.#rpc.send(keeperAddress, call, feeCapWei)
  }

  /**
   * Mines all that is in the pool into one block.
   *
   * The next base fee is set at once and not just before the next block: what the node says of fees
   * follows from it, and by EIP-1559 it would fall by an eighth after each empty block.
   */
  async mine(atSec: number): Promise<void> {
    await this.#rpc.call('evm_mine', { timestamp: atSec })
    await this.#rpc.call('anvil_setNextBlockBaseFeePerGas', hexOf(baseFeeWei))
  }

  /**
   * Sends calls and mines until they are all done.
   *
   * @throws {Error} if one of them reverts or is not mined.
   */
  async settle(calls: readonly Call[], atSec: number): Promise<void> {
    const hashes: Hex[] = []
    for (const call of calls) hashes.push(await this.send(call))
    for (let block = 0; block < maxSettlingBlocks; block += 1) {
      await this.mine(atSec)
      const outcomes = await Promise.all(hashes.map((hash) => this.#rpc.outcome(hash)))
      const reverted = outcomes.indexOf('reverted')
      if (reverted >= 0) throw new Error(`Call ${reverted} of the keeper's reverted.`)
      if (outcomes.every((outcome) => outcome === 'success')) return
    }
    throw new Error(`Calls of the keeper's were not mined in ${maxSettlingBlocks} blocks.`)
  }
}
