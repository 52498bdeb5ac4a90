/**
 * A stand-in for Upstash: its REST interface over a store in memory, for development and tests.
 *
 *     node local/upstash.ts --port 8079 --token local
 *
 * Prints its address as one JSON line when it answers, and ends at SIGINT or SIGTERM, or with the
 * process that started it if that one keeps a channel to it.
 */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { portOf, runIfMain } from './stand-in.ts'
import { Channels } from './upstash/channels.ts'
import { restListener } from './upstash/http.ts'
import { Keyspace } from './upstash/keyspace.ts'

export type Upstash = {
  readonly url: string
  readonly port: number
  readonly token: string
  /** Ends all connections, open subscriptions too. */
  readonly stop: () => Promise<void>
}

/** Longer than any client keeps an idle connection, so that none is closed under a request. */
const keepAliveTimeoutMs = 300_000

/**
 * Starts a stand-in on the loopback interface, with an empty store.
 *
 * @param options.port 0 takes any free port.
 * @throws {Error} `EADDRINUSE` if the port is taken.
 */
export async function startUpstash(options: {
  readonly port: number
  readonly token: string
}): Promise<Upstash> {
  const stores = { keyspace: new Keyspace(), channels: new Channels() }
  const server = createServer(
    { keepAliveTimeout: keepAliveTimeoutMs },
    restListener(stores, options.token),
  )
  server.listen(options.port, '127.0.0.1')
  await once(server, 'listening')

  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address.')
  let stopped: Promise<unknown> | undefined
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    token: options.token,
    stop: async () => {
      if (stopped === undefined) {
        stopped = once(server, 'close')
        server.close()
        server.closeAllConnections()
      }
      await stopped
    },
  }
}

await runIfMain(import.meta.url, 'Upstash', async () => {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '8079' } } })
  // Not on the command line, where every user of the machine could read it.
  const token = process.env['UPSTASH_TOKEN'] ?? 'local'
  const { stop, url, port } = await startUpstash({ port: portOf(values.port), token })
  return { address: { url, port }, stop }
})
