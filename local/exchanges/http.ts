/**
 * The replay's HTTP: requests read within limits, answers sent as the replay decides, torn and
 * withheld ones included.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer, ReplayRequest } from './replay.ts'
import type { Reply } from './venue.ts'

/** More than any question of an exchange or a fault needs. */
const maxBodyBytes = 16_384

type Received =
  | {
      readonly kind: 'request'
      /** The first name of the path: a venue, or a room of the house. */
      readonly room: string
      /** The rest of the path is in `path`. */
      readonly request: ReplayRequest
    }
  | { readonly kind: 'unreadable' }
  /** Whoever asked has gone before the request was whole. */
  | { readonly kind: 'lost' }

/** Reads a request whole. */
export async function received(message: IncomingMessage): Promise<Received> {
  const body = await bodyOf(message)
  if (body.kind === 'lost' || body.kind === 'unreadable') return { kind: body.kind }

  const url = URL.parse(message.url ?? '/', 'http://replay')
  const path = url === null ? undefined : decoded(url.pathname)
  if (url === null || path === undefined) return { kind: 'unreadable' }

  const [, room = '', ...rest] = path.split('/')
  return {
    kind: 'request',
    room,
    request: {
      method: message.method ?? 'GET',
      path: `/${rest.join('/')}`,
      query: url.searchParams,
      headers: message.headers,
      ...(body.kind === 'json' && { body: body.value }),
    },
  }
}

/** Does with a response what the replay decided; late answers wait in `pending`. */
export function perform(
  answer: Answer,
  response: ServerResponse,
  pending: Set<NodeJS.Timeout>,
): void {
  switch (answer.kind) {
    case 'reset':
      response.destroy()
      return
    case 'silence':
      // Whoever asked hangs up, or the server's end does.
      return
    case 'torn': {
      const whole = JSON.stringify(answer.reply.body)
      response.writeHead(answer.reply.status, { 'Content-Type': jsonType })
      response.end(whole.slice(0, Math.ceil(whole.length / 2)))
      return
    }
    case 'reply':
      if (answer.delayMs > 0) later(answer.delayMs, pending, () => send(response, answer.reply))
      else send(response, answer.reply)
  }
}

const jsonType = 'application/json; charset=utf-8'

/** Sends a reply: a string as HTML, anything else as JSON. */
export function send(response: ServerResponse, { status, body, headers }: Reply): void {
  const isPage = typeof body === 'string'
  const text = isPage ? body : JSON.stringify(body)
  response.writeHead(status, {
    'Content-Type': isPage ? 'text/html; charset=utf-8' : jsonType,
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  })
  response.end(text)
}

function later(delayMs: number, pending: Set<NodeJS.Timeout>, act: () => void): void {
  const timer = setTimeout(() => {
    pending.delete(timer)
    act()
  }, delayMs)
  pending.add(timer)
}

type Body =
  | { readonly kind: 'none' | 'unreadable' | 'lost' }
  | { readonly kind: 'json'; readonly value: unknown }

async function bodyOf(message: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of message) {
      const part = Buffer.from(chunk)
      bytes += part.length
      if (bytes <= maxBodyBytes) chunks.push(part)
    }
  } catch {
    // Whoever asked has gone, so there is nobody to tell.
    return { kind: 'lost' }
  }
  if (bytes === 0) return { kind: 'none' }
  if (bytes > maxBodyBytes) return { kind: 'unreadable' }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString())
    return { kind: 'json', value }
  } catch {
    // Not JSON: whoever asked is told so.
    return { kind: 'unreadable' }
  }
}

/** A path without its escapes; undefined if they are broken. */
function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    // A broken escape is the asker's mistake; whoever asked is told so.
    return undefined
  }
}
