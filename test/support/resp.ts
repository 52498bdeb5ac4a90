/** A tiny client of Redis's own protocol (RESP 2), to compare a stand-in with a real server. */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A reply as Upstash's REST interface would put it. */
export type RestReply = { readonly result: unknown } | { readonly error: string }

export type RespClient = {
  /** Sends commands at once and gives the reply to each. */
  readonly send: (lines: readonly (readonly string[])[]) => Promise<readonly RestReply[]>
  readonly close: () => void
}

const answerWithinMs = 5_000

/** A client of a Redis on this machine, or nothing if none answers there. */
export async function connectToRedis(port: number): Promise<RespClient | undefined> {
  const socket = connect({ host: '127.0.0.1', port })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(answerWithinMs) })
  } catch {
    // Nobody listens; whoever asked says what follows from that.
    socket.destroy()
    return undefined
  }
  return { send: (lines) => exchange(socket, lines), close: () => socket.destroy() }
}

async function exchange(
  socket: Socket,
  lines: readonly (readonly string[])[],
): Promise<readonly RestReply[]> {
  socket.write(lines.map(encode).join(''))
  const signal = AbortSignal.timeout(answerWithinMs)
  let bytes = Buffer.alloc(0)
  for (;;) {
    const replies = repliesIn(bytes, lines.length)
    if (replies !== undefined) return replies
    const [chunk]: Buffer[] = await once(socket, 'data', { signal })
    bytes = Buffer.concat([bytes, ...(chunk === undefined ? [] : [chunk])])
  }
}

function encode(line: readonly string[]): string {
  const parts = line.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`)
  return `*${line.length}\r\n${parts.join('')}`
}

/** So many replies, if the bytes hold as many. */
function repliesIn(bytes: Buffer, count: number): readonly RestReply[] | undefined {
  const replies: RestReply[] = []
  let at = 0
  while (replies.length < count) {
    const read = replyAt(bytes, at)
    if (read === undefined) return undefined
    replies.push(read.reply)
    at = read.endsAt
  }
  return replies
}

type Read = { readonly reply: RestReply; readonly endsAt: number }

function replyAt(bytes: Buffer, at: number): Read | undefined {
  const lineEnd = bytes.indexOf('\r\n', at)
  if (lineEnd < 0) return undefined
  const line = bytes.toString('utf8', at + 1, lineEnd)
  const bodyAt = lineEnd + 2

  switch (bytes.toString('latin1', at, at + 1)) {
    case '+':
      return { reply: { result: line }, endsAt: bodyAt }
    case '-':
      return { reply: { error: line }, endsAt: bodyAt }
    case ':':
      return { reply: { result: Number(line) }, endsAt: bodyAt }
    case '$':
      return bulkAt(bytes, bodyAt, Number(line))
    case '*':
      return arrayAt(bytes, bodyAt, Number(line))
    default:
      throw new Error(`No RESP 2: ${line}`)
  }
}

function bulkAt(bytes: Buffer, at: number, length: number): Read | undefined {
  if (length < 0) return { reply: { result: null }, endsAt: at }
  if (bytes.length < at + length + 2) return undefined
  return { reply: { result: bytes.toString('utf8', at, at + length) }, endsAt: at + length + 2 }
}

function arrayAt(bytes: Buffer, at: number, length: number): Read | undefined {
  const items: unknown[] = []
  let next = at
  while (items.length < length) {
    const read = replyAt(bytes, next)
    if (read === undefined) return undefined
    if ('error' in read.reply) throw new Error('An error inside an array has no place in REST.')
    items.push(read.reply.result)
    next = read.endsAt
  }
  return { reply: { result: items }, endsAt: next }
}
