/**
 * A stand-in for Neon: its HTTP interface in front of any Postgres, for development and tests.
 *
 *     node local/neon.ts --port 4444 --database postgres://postgres@127.0.0.1:5433/postgres
 *
 * Prints its address as one JSON line when it answers, and ends at SIGINT or SIGTERM, or with the
 * process that started it if that one keeps a channel to it. The database may come and go.
 */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { Database } from './neon/database.ts'
import { sqlListener } from './neon/http.ts'
import { portOf, runIfMain } from './stand-in.ts'

export type LocalNeon = {
  /** Where statements go: the driver's `fetchEndpoint`. */
  readonly url: string
  readonly port: number
  readonly stop: () => Promise<void>
}

/** Longer than any client keeps an idle connection, so that none is closed under a request. */
const keepAliveTimeoutMs = 300_000

/**
 * Starts a stand-in on the loopback interface.
 *
 * @param options.port 0 takes any free port.
 * @throws {Error} `EADDRINUSE` if the port is taken.
 */
export async function startNeon(options: {
  readonly port: number
  readonly databaseUrl: string
}): Promise<LocalNeon> {
  const database = new Database(options.databaseUrl)
  const server = createServer({ keepAliveTimeout: keepAliveTimeoutMs }, sqlListener(database))
  server.listen(options.port, '127.0.0.1')
  await once(server, 'listening')

  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address.')
  return {
    url: `http://127.0.0.1:${address.port}/sql`,
    port: address.port,
    stop: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      await database.close()
    },
  }
}

await runIfMain(import.meta.url, 'Neon', async () => {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4444' },
      database: { type: 'string', default: 'postgres://postgres@127.0.0.1:5433/postgres' },
    },
  })
  const port = portOf(values.port)
  const { stop, ...address } = await startNeon({ port, databaseUrl: values.database })
  return { address, stop }
})
