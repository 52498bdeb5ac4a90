/** The port on which the protocol data provider is asked, with limits on who asks and how. */

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { SettingsError } from '../settings-error.ts'

export type Port = {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
}

/** A question is a path and a key. */
const maxHeaderBytes = 8_192

/** Two clients ask of four calls at a time, and somebody looks at the data. */
const maxConnections = 64

/** A question is one packet; whoever dribbles is cut off. */
const headersTimeoutMs = 5_000
const requestTimeoutMs = 10_000
const keepAliveMs = 15_000

/**
 * Opens the port.
 *
 * @param hasKey Whether whoever asks must have a key.
 * @throws {SettingsError} `settings-invalid` if there is no key and others could reach the port;
 *   `port-unavailable` if it cannot be had.
 */
export async function listen(
  answer: (request: Request) => Response | Promise<Response>,
  { host, port }: Port,
  hasKey: boolean,
): Promise<Server> {
  if (!hasKey && !isLoopback(host)) {
    throw new SettingsError(
      'settings-invalid',
      `Others can reach ${host}: give the protocol provider an API key, or let it listen on 127.0.0.1.`,
    )
  }
  const handle = getRequestListener(answer, { overrideGlobalObjects: false })
  const server = createServer({ maxHeaderSize: maxHeaderBytes }, (request, response) => {
    void handle(request, response)
  })
  server.maxConnections = maxConnections
  server.headersTimeout = headersTimeoutMs
  server.requestTimeout = requestTimeoutMs
  server.keepAliveTimeout = keepAliveMs
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new SettingsError('port-unavailable', portRefusal({ host, port }, cause), { cause })
  }
  return server
}

function portRefusal({ host, port }: Port, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  const why = code === 'EADDRINUSE' ? 'another process has that port' : code
  return `serve-protocol cannot listen on ${host}, port ${port}: ${why}. End the other one, or set protocol_provider.port.`
}

function isLoopback(host: string): boolean {
  return host === '::1' || host === 'localhost' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
