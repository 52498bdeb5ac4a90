/** JSON-RPC as the keeper speaks it: one call, one answer, with a deadline. */

import type { Address, Hex } from 'viem'
import { z } from 'zod'

/** Anvil answers within milliseconds; while the machine is busy it may take longer. Milliseconds. */
const answerWithinMs = 10_000

const answerSchema = z.union([
  z.object({ error: z.object({ code: z.number(), message: z.string() }) }),
  z.object({ result: z.unknown() }),
])

const hexSchema = z.templateLiteral(['0x', z.string()])
const receiptSchema = z.object({ status: z.enum(['0x0', '0x1']) }).nullable()

export type Call = { readonly to?: Address; readonly data: Hex; readonly gas: bigint }

export class Rpc {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  /** @throws {Error} with the method's name, if there is no answer or it is an error. */
  async call(method: string, ...params: readonly unknown[]): Promise<unknown> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(answerWithinMs),
    })
    const answer = answerSchema.parse(await response.json())
    if ('error' in answer) throw new Error(`${method}: ${answer.error.message}`)
    return answer.result
  }

  /**
   * Puts a transaction of an impersonated account into the pool.
   *
   * @param feeCapWei Orders it among the others: anvil takes the highest cap first.
   */
  async send(from: Address, { to, data, gas }: Call, feeCapWei: bigint): Promise<Hex> {
    const transaction = {
      from,
      ...(to === undefined ? {} : { to }),
      data,
      gas: hexOf(gas),
      maxFeePerGas: hexOf(feeCapWei),
      maxPriorityFeePerGas: '0x0',
    }
    return hexSchema.parse(await this.call('eth_sendTransaction', transaction))
  }

  /** How a transaction ended, or `undefined` while it is in no block. */
  async outcome(hash: Hex): Promise<'success' | 'reverted' | undefined> {
    const receipt = receiptSchema.parse(await this.call('eth_getTransactionReceipt', hash))
    if (receipt === null) return undefined
    return receipt.status === '0x1' ? 'success' : 'reverted'
  }
}

export function hexOf(value: bigint | number): Hex {
  return `0x${value.toString(16)}`
}
