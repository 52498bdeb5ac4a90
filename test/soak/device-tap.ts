/**
 * A tap on the line to a signing device: every command is written down before the device has it, and
 * whoever holds the other end hears of each place on the way to a signature.
 */

import { appendFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export type TapPlace = 'before-command' | 'after-command' | 'before-answer'

export type DeviceTap = {
  readonly url: string
  readonly stop: () => void
}

/** A person who is slow is waited for this long. */
const answerWithinMs = 60_000

/** What a command asks to be signed, by its instruction. */
const asked: Readonly<Record<string, 'transaction' | 'message'>> = {
  e004: 'transaction',
  e008: 'message',
}

/**
 * @param deviceUrl Speculos' REST interface, as the emulator speaks it.
 * @param reached Hears of each place of a signature before it is passed; the line waits for it.
 */
export async function tapOn(
  deviceUrl: string,
  captureFile: string,
  reached: (place: TapPlace, what: 'transaction' | 'message') => Promise<void>,
): Promise<DeviceTap> {
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const body = (await buffer(request)).toString()
    const data = commandIn(request, body)
    const what = asked[data?.slice(0, 4) ?? '']
    const at = async (place: TapPlace) => {
      if (what !== undefined) await reached(place, what)
    }
    await at('before-command')
    if (data !== undefined) {
      appendFileSync(captureFile, `${JSON.stringify({ atMs: Date.now(), data })}\n`)
    }
    const answering = forwarded(`${deviceUrl}${request.url ?? '/'}`, request, body, response)
    // Whoever is killed meanwhile has no use for the answer.
    answering.catch(() => undefined)
    await at('after-command')
    const answer = await answering
    await at('before-answer')
    await answerWith(response, answer)
  }
  const server = createServer((request, response) => {
    // A device that vanishes breaks the line, and so does a bridge that dies.
    pass(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** The same request to the device; its events are listened to for as long as the listener is there. */
async function forwarded(
  url: string,
  { method = 'GET' }: IncomingMessage,
  body: string,
  response: ServerResponse,
): Promise<Response> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  if (method === 'GET') return fetch(url, { signal: gone.signal })
  const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(answerWithinMs)])
  return fetch(url, { method, body, headers: { 'Content-Type': 'application/json' }, signal })
}

async function answerWith(response: ServerResponse, answer: Response): Promise<void> {
  const type = answer.headers.get('Content-Type') ?? 'application/json'
  response.writeHead(answer.status, { 'Content-Type': type })
  response.flushHeaders()
  for await (const chunk of answer.body ?? []) response.write(chunk)
  response.end()
}

function commandIn({ url }: IncomingMessage, body: string): string | undefined {
  if (url !== '/apdu') return undefined
  const { data } = JSON.parse(body) as { readonly data?: unknown }
  return typeof data === 'string' ? data.toLowerCase() : undefined
}
