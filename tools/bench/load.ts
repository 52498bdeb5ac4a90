/**
 * A load generator that costs as little as it can, since it shares the machine with what it
 * measures: bytes written once, a socket a connection, one request at a time on each.
 */

import { connect } from 'node:net'
import { once } from 'node:events'

export type Target = {
  readonly port: number
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON by POST; without it the request is a GET. */
  readonly body?: string
}

export type Load = {
  readonly connections: number
  readonly forMs: number
}

export type Measured = {
  /** How long each request took, milliseconds, in no order. */
  readonly latenciesMs: readonly number[]
  readonly perSecond: number
}

/** Nothing on one machine takes as long; whoever does is broken. Milliseconds. */
const answerWithinMs = 10_000

/** A value provider answers a POST with 201, as its clients expect. */
const goodStatuses = new Set([200, 201])

/**
 * Asks the same question over and over.
 *
 * @throws {Error} if any answer is neither 200 nor 201, has no length, or does not come.
 */
export async function load(target: Target, { connections, forMs }: Load): Promise<Measured> {
  const latenciesMs: number[] = []
  const startedAtMs = performance.now()
  const untilMs = startedAtMs + forMs
  await Promise.all(Array.from({ length: connections }, () => ask(target, untilMs, latenciesMs)))
  const tookSec = (performance.now() - startedAtMs) / 1_000
  return { latenciesMs, perSecond: latenciesMs.length / tookSec }
}

/** One connection's requests, one after the other, until the time is up. */
async function ask(target: Target, untilMs: number, latenciesMs: number[]): Promise<void> {
  const request = requestOf(target)
  const socket = connect({ host: '127.0.0.1', port: target.port, noDelay: true })
  socket.setTimeout(answerWithinMs, () => {
    socket.destroy(new Error(`${target.path} did not answer within ${answerWithinMs} ms.`))
  })
  await once(socket, 'connect')

  const asking = Promise.withResolvers<undefined>()
  let sentAtMs = performance.now()
  let received: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    const headEnd = received.indexOf('\r\n\r\n')
    if (headEnd === -1) return
    const { status, length } = headOf(received.toString('latin1', 0, headEnd))
    if (!goodStatuses.has(status) || length === undefined) {
      asking.reject(
        new Error(
          `${target.path} answered what is neither 200 nor 201 of known length: ${status}.`,
        ),
      )
      return
    }
    if (received.length < headEnd + 4 + length) return

    const nowMs = performance.now()
    latenciesMs.push(nowMs - sentAtMs)
    if (nowMs >= untilMs) {
      asking.resolve(undefined)
      return
    }
    received = Buffer.alloc(0)
    sentAtMs = nowMs
    socket.write(request)
  })
  socket.on('error', asking.reject)
  socket.on('close', () => asking.reject(new Error(`${target.path}: the connection was closed.`)))
  socket.write(request)
  try {
    await asking.promise
  } finally {
    socket.destroy()
  }
}

function requestOf({ port, path, headers = {}, body }: Target): Buffer {
  const ofBody =
    body === undefined
      ? {}
      : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) }
  const lines = Object.entries({ Host: `127.0.0.1:${port}`, ...headers, ...ofBody }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  const method = body === undefined ? 'GET' : 'POST'
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`)
}

/** What the head of an answer says. */
function headOf(head: string): { readonly status: number; readonly length: number | undefined } {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  return {
    status: Number(head.slice(9, 12)),
    length: length === undefined ? undefined : Number(length),
  }
}
