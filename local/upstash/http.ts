/**
 * The stand-in's doors: who may enter, how much may be said at once, and the open answers of those
 * who subscribe. What a request means is decided in `rest.ts`.
 */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { CommandError } from './command-error.ts'
import { answer, errorJson, pathParts, type Stores, tokenParameter } from './rest.ts'

/** Upstash's own limit of a request on its smallest plans. */
export const maxBodyBytes = 1_048_576

/** Most open subscriptions: this program has one listener or none, a test perhaps a few. */
const maxSubscriptions = 1_000

/** A subscriber that is this far behind is cut off, since what it has not read is kept here. */
const maxUnreadBytes = 8 * 1_048_576

const methods: ReadonlySet<string | undefined> = new Set(['HEAD', 'GET', 'POST', 'PUT'])

export function restListener(stores: Stores, token: string): RequestListener {
  let subscriptions = 0

  function subscribe(response: ServerResponse, channels: readonly string[]): void {
    if (subscriptions >= maxSubscriptions) {
      return send(response, 400, errorJson('ERR max number of clients reached'))
    }
    subscriptions++
    const leave = openSubscription(stores, response, channels)
    response.once('close', () => {
      subscriptions--
      leave()
    })
  }

  return (request, response) => {
    const { path, query } = partsOf(request.url ?? '/')
    if (!methods.has(request.method)) {
      return refuse(request, response, 405, 'ERR method not allowed')
    }
    if (!mayEnter(request, query, token)) {
      return refuse(request, response, 401, 'WRONGPASS invalid or missing auth token')
    }

    readBody(request, (body) => {
      if (body === undefined) {
        const message = `ERR max request size exceeded. Limit: ${maxBodyBytes} bytes`
        return refuse(request, response, 400, message)
      }
      try {
        const [verb, ...channels] = path.startsWith('/subscribe/') ? pathParts(path) : []
        if (verb !== undefined) return subscribe(response, channels)
        const encoding = request.headers['upstash-encoding'] === 'base64' ? 'base64' : 'plain'
        const { status, json } = answer(stores, { path, query, body, encoding }, Date.now)
        send(response, status, json)
      } catch (error) {
        if (!(error instanceof CommandError)) throw error
        send(response, 400, errorJson(error.message))
      }
    })
  }
}

/** Writes each message as Upstash does; what is returned ends the subscription. */
function openSubscription(
  { channels }: Stores,
  response: ServerResponse,
  names: readonly string[],
): () => void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  const leaves = names.map((name, i) => {
    response.write(`data: subscribe,${name},${i + 1}\n\n`)
    return channels.subscribe(name, (channel, message) => {
      if (response.writableLength > maxUnreadBytes) return void response.destroy()
      // A line feed would end the event's line: the rest follows on a line of the same event.
      response.write(`data: message,${channel},${message.replaceAll('\n', '\ndata: ')}\n\n`)
    })
  })
  return () => {
    for (const leave of leaves) leave()
  }
}

function partsOf(url: string): { readonly path: string; readonly query: string } {
  const at = url.indexOf('?')
  return at < 0 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at + 1) }
}

function mayEnter({ headers }: IncomingMessage, query: string, token: string): boolean {
  if (headers.authorization === `Bearer ${token}`) return true
  return query !== '' && new URLSearchParams(query).get(tokenParameter) === token
}

/** Hands over the whole body, or nothing if it is too long. */
function readBody(request: IncomingMessage, whenRead: (body: string | undefined) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    const wasTooLong = bytes > maxBodyBytes
    bytes += chunk.length
    if (bytes <= maxBodyBytes) chunks.push(chunk)
    else if (!wasTooLong) whenRead(undefined)
  })
  request.on('end', () => {
    if (bytes <= maxBodyBytes) whenRead(Buffer.concat(chunks).toString())
  })
}

/** Refuses without having read everything, after which the connection cannot be used again. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
): void {
  response.setHeader('connection', 'close')
  send(response, status, errorJson(message))
  request.resume()
}

function send(response: ServerResponse, status: number, json: string): void {
  response.sendDate = false
  const length = Buffer.byteLength(json)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length })
  response.end(json)
}
