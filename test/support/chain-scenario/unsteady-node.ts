/** The chain's RPC behind a proxy that breaks in another way for each round. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { Faults, type FaultOrder } from '../../../local/chain/faults.ts'
import { proxyAgent, proxyListener } from '../../../local/chain/proxy.ts'

export type UnsteadyNode = {
  readonly url: string
  /** Orders what goes wrong from now on. */
  readonly worsen: (round: number) => void
  /** Requests that were answered with an error. */
  readonly failed: () => number
  readonly stop: () => void
}

/** More than a whole batch of blocks, and the half of it that is asked for next. */
const wholeBatches = 50

const orders: readonly FaultOrder[] = [
  { fail: { count: 1, method: 'eth_getBlockByNumber' } },
  { fail: { count: 7 } },
  { downForMs: 250 },
  { fail: { count: wholeBatches, method: 'eth_getBlockByNumber' } },
  { fail: { count: 2, method: 'eth_getLogs' } },
  { fail: { count: 3, code: -32_005, message: 'limit exceeded' }, delayMs: 5 },
  { delayMs: 0 },
]

export async function startUnsteadyNode(rpcUrl: string): Promise<UnsteadyNode> {
  const faults = new Faults()
  const agent = proxyAgent()
  const server = createServer(proxyListener(rpcUrl, agent, faults))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address.')
  return {
    url: `http://127.0.0.1:${address.port}`,
    worsen: (round) => void faults.order(orders[round % orders.length], Date.now()),
    failed: () => faults.state().failed,
    stop: () => {
      server.close()
      server.closeAllConnections()
      agent.destroy()
    },
  }
}
