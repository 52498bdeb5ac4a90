/**
 * The dashboard as Cloudflare Pages would serve it: the built page, and beside it `chrono.json`, which
 * tells it where to listen.
 *
 *     CHRONO_API_KEY=chrono_… node local/dashboard.ts --port 5173 --worker-url http://127.0.0.1:8787
 *
 * Builds the page first if its sources have changed. Prints its address as one JSON line when it
 * answers, and ends at SIGINT or SIGTERM, or with the process that started it.
 */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { buildDashboard, builtPage } from './dashboard/build.ts'
import { fileSite, siteListener } from './dashboard/site.ts'
import { portOf, runIfMain } from './stand-in.ts'

export type LocalDashboard = {
  readonly url: string
  readonly port: number
  readonly stop: () => Promise<void>
}

export type DashboardOptions = {
  /** 0 takes any free port. */
  readonly port: number
  readonly workerUrl: string
  /** Seen by whoever opens the page. */
  readonly apiKey: string
  /** The built page; that of this checkout unless a test has another. */
  readonly directory?: string
}

/**
 * Serves the built page on the loopback interface.
 *
 * @throws {Error} `EADDRINUSE` if the port is taken, `ENOENT` if the page has not been built.
 */
export async function startDashboard(options: DashboardOptions): Promise<LocalDashboard> {
  const config = { worker_url: options.workerUrl, api_key: options.apiKey }
  const site = await fileSite(options.directory ?? builtPage, config)
  const server = createServer(siteListener(site))
  server.listen(options.port, '127.0.0.1')
  await once(server, 'listening')

  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address.')
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    stop: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

await runIfMain(import.meta.url, 'Dashboard', async () => {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '5173' },
      'worker-url': { type: 'string', default: 'http://127.0.0.1:8787' },
      // By the environment no other user of the machine sees it.
      'api-key': { type: 'string', default: process.env['CHRONO_API_KEY'] ?? '' },
    },
  })
  const port = portOf(values.port)
  if (values['api-key'] === '') throw new Error('--api-key or CHRONO_API_KEY is missing.')
  await buildDashboard()
  const { stop, ...address } = await startDashboard({
    port,
    workerUrl: values['worker-url'],
    apiKey: values['api-key'],
  })
  return { address, stop }
})
