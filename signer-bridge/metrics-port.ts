/**
 * The metrics' page on loopback, where Prometheus reads it. A port that another process has stops
 * nobody: it is told, and asked for again until it is free.
 */

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type Log, withoutEchoes } from './log.ts'

export type MetricsPort = { readonly close: () => void }

type MetricsPortDeps = {
  readonly text: () => Promise<string>
  readonly sleep: (ms: number) => Promise<void>
  readonly log: Log
}

/** The one before may just be ending. */
const leastPauseMs = 1_000
/** Often enough, and nothing beside what a round costs. */
const mostPauseMs = 60_000

/**
 * Serves the page on loopback and nowhere else, at once or as soon as the port can be had.
 *
 * @param port 0 takes any free one; `undefined` serves nothing.
 * @returns Once the port was asked for the first time, whether or not it could be had.
 */
export async function openMetrics(
  port: number | undefined,
  deps: MetricsPortDeps,
): Promise<MetricsPort> {
  if (port === undefined) return { close: () => {} }
  let server: Server | undefined
  let isClosed = false
  const log = withoutEchoes(deps.log)
  const tell = (error: unknown) => log({ event: 'metrics-unavailable', code: codeOf(error), port })
  const close = () => {
    isClosed = true
    server?.closeAllConnections()
    server?.close()
  }
  const tryOnce = async (): Promise<boolean> => {
    server = serverOf(deps.text)
    // Beyond the start too: where files run out a server says so, and nobody else would listen.
    server.on('error', tell)
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening')
    } catch {
      // It was told.
      return false
    }
    log({ event: 'metrics-served', address: server.address() })
    if (isClosed) close()
    return true
  }
  const keepTrying = async () => {
    for (let pauseMs = leastPauseMs; ; pauseMs = Math.min(mostPauseMs, 2 * pauseMs)) {
      await deps.sleep(pauseMs)
      if (isClosed || (await tryOnce())) return
    }
  }
  if (!(await tryOnce())) void keepTrying()
  return { close }
}

function serverOf(text: () => Promise<string>): Server {
  return createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    text().then(
      (page) => response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(page),
      () => response.writeHead(500).end(),
    )
  })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
