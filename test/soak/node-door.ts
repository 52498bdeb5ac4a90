/**
 * A way to the local chain's node that fails and lies on order. Each bridge is told of two: one that
 * is down, behind or hostile beside one that is well.
 */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import {
  type FaultOrder,
  Faults,
  requestSchema,
  type RpcRequest,
} from '../../local/chain/faults.ts'
import { proxyAgent, proxyListener } from '../../local/chain/proxy.ts'

export type Lie =
  /** Its last block is of the near future. */
  | 'early-head'
  /** It has stopped some blocks ago, and shows what it knew then. */
  | 'stale-head'
  | 'nonce-ahead'
  /** It shows a receipt for whatever it is asked for. */
  | 'invented-receipt'
  /** Blocks have none of the calls that the provider made. */
  | 'omits-calls'

export type NodeDoor = {
  readonly url: string
  readonly order: (order: FaultOrder) => void
  /** Until told otherwise. */
  readonly lie: (lie: Lie | undefined) => void
  /** Whether it breaks every connection. */
  readonly isDown: () => boolean
  readonly stop: () => void
}

const requestsSchema = z.union([requestSchema.transform((one) => [one]), z.array(requestSchema)])
const blockSchema = z.looseObject({ number: z.string(), timestamp: z.string() })
const transactionsSchema = z.looseObject({ transactions: z.array(z.unknown()) })

const earlySec = 20
const blocksBehind = 12
const noncesAhead = 2

/** @param nodeUrl What is behind the door. */
export async function openDoor(nodeUrl: string): Promise<NodeDoor> {
  const faults = new Faults()
  const agent = proxyAgent()
  const passOn = proxyListener(nodeUrl, agent, faults)
  let lie: Lie | undefined

  const lieTo = async (request: IncomingMessage, response: ServerResponse, told: Lie) => {
    const said: unknown = JSON.parse((await buffer(request)).toString())
    const asked = requestsSchema.parse(said)
    const answers: unknown[] = []
    for (const one of asked) answers.push(await liedAnswer(nodeUrl, one, told))
    response
      .writeHead(200, { 'Content-Type': 'application/json' })
      .end(JSON.stringify(Array.isArray(said) ? answers : answers[0]))
  }
  const server = createServer((request, response) => {
    if (lie === undefined) return passOn(request, response)
    lieTo(request, response, lie).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    order: (order) => void faults.order(order, Date.now()),
    lie: (next) => {
      lie = next
    },
    isDown: () => faults.isDown(Date.now()),
    stop: () => {
      server.close()
      server.closeAllConnections()
      agent.destroy()
    },
  }
}

/** A question, and the way to the truth of it or of another one of its method. */
type Asked = {
  readonly method: string
  readonly params: readonly unknown[]
  readonly isLatest: boolean
  readonly truth: (params?: readonly unknown[]) => Promise<unknown>
  readonly nodeUrl: string
}

const lies: { readonly [Kind in Lie]: (asked: Asked) => Promise<unknown> } = {
  'early-head': async ({ isLatest, truth }) => {
    const block = await truth()
    if (!isLatest) return block
    const { timestamp, ...rest } = blockSchema.parse(block)
    return { ...rest, timestamp: hex(Number(timestamp) + earlySec) }
  },
  'stale-head': async ({ isLatest, params, truth }) => {
    if (!isLatest) return await truth()
    const { number } = blockSchema.parse(await truth())
    return await truth([hex(Math.max(0, Number(number) - blocksBehind)), params[1]])
  },
  'nonce-ahead': async ({ method, truth }) => {
    const answer = await truth()
    return method === 'eth_getTransactionCount' ? hex(Number(answer) + noncesAhead) : answer
  },
  'invented-receipt': async ({ method, params, truth, nodeUrl }) =>
    method === 'eth_getTransactionReceipt' ? await inventedReceipt(nodeUrl, params[0]) : truth(),
  'omits-calls': async ({ method, truth }) => {
    const answer = await truth()
    const block = transactionsSchema.safeParse(answer)
    return method === 'eth_getBlockByNumber' && block.success
      ? { ...block.data, transactions: [] }
      : answer
  },
}

async function liedAnswer(
  nodeUrl: string,
  { id, method, params: said }: RpcRequest,
  lie: Lie,
): Promise<object> {
  const params = z.array(z.unknown()).catch([]).parse(said)
  const isLatest = method === 'eth_getBlockByNumber' && params[0] === 'latest'
  const truth = (other: readonly unknown[] = params) => resultOf(nodeUrl, method, other)
  const result = await lies[lie]({ method, params, isLatest, truth, nodeUrl })
  return { jsonrpc: '2.0', id, result }
}

/** A receipt that says what whoever asks wants to hear, in the chain's last block. */
async function inventedReceipt(nodeUrl: string, transactionHash: unknown): Promise<unknown> {
  const last = await resultOf(nodeUrl, 'eth_getBlockByNumber', ['latest', false])
  const { number, hash } = z.looseObject({ number: z.string(), hash: z.string() }).parse(last)
  return {
    transactionHash,
    transactionIndex: '0x0',
    blockHash: hash,
    blockNumber: number,
    from: `0x${'1'.repeat(40)}`,
    to: `0x${'2'.repeat(40)}`,
    cumulativeGasUsed: '0x6a40',
    gasUsed: '0x6a40',
    effectiveGasPrice: '0x746a528800',
    contractAddress: null,
    logs: [],
    logsBloom: `0x${'0'.repeat(512)}`,
    status: '0x1',
    type: '0x2',
  }
}

const answerSchema = z.looseObject({ result: z.unknown() })

async function resultOf(nodeUrl: string, method: string, params: unknown): Promise<unknown> {
  const answered = await fetch(nodeUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(answerWithinMs),
  })
  return answerSchema.parse(await answered.json()).result
}

const answerWithinMs = 5_000

function hex(number: number): string {
  return `0x${number.toString(16)}`
}
