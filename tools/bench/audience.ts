/** A thousand listeners in one process, who note when a broadcast reaches the first and the last. */

import { Agent, request } from 'node:http'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { catalogue } from '../../src/catalogue.ts'
import type { PriceRecord } from '../../src/protocol/wire.ts'
import type { Broadcast } from './driver.ts'

/** More at a time would overrun a server's queue of connections. */
const openedAtATime = 50

/** A broadcast that has not reached everyone by then is lost. Milliseconds. */
const heardWithinMs = 10_000

/** What all of them listen to: the first feed of the tick. */
const heardSymbols = catalogue.slice(0, 1).map(({ symbol }) => symbol)

/** From the request that asked for the broadcast, milliseconds. */
export type Heard = { readonly firstMs: number; readonly lastMs: number }

export type Audience = {
  /** Has a tick broadcast and waits until everyone has heard it. */
  readonly hear: () => Promise<Heard>
  readonly leave: () => void
}

export type Stage = {
  /** Where listeners come in. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Where broadcasts are asked for. */
  readonly broadcastUrl: string
}

/** @throws {Error} if a listener cannot come in. */
export async function audienceOf(size: number, stage: Stage): Promise<Audience> {
  const agent = new Agent({ keepAlive: true })
  const sockets: WebSocket[] = []
  while (sockets.length < size) {
    const batch = Math.min(openedAtATime, size - sockets.length)
    sockets.push(...(await Promise.all(Array.from({ length: batch }, () => listener(stage)))))
  }

  let onUpdate: (text: Buffer) => void = () => undefined
  for (const socket of sockets) socket.on('message', (text: Buffer) => onUpdate(text))
  let seq = 0

  return {
    hear: async () => {
      seq += 1
      const mark = `"seq":${seq}}`
      const all = Promise.withResolvers<Heard>()
      const timer = setTimeout(
        () => all.reject(new Error('A listener heard nothing.')),
        heardWithinMs,
      )
      let missing = size
      let firstMs = 0
      const startedAtMs = performance.now()
      onUpdate = (text) => {
        if (!text.includes(mark)) return
        const sinceMs = performance.now() - startedAtMs
        if (missing === size) firstMs = sinceMs
        missing -= 1
        if (missing === 0) all.resolve({ firstMs, lastMs: sinceMs })
      }
      await Promise.all([post(stage.broadcastUrl, agent, tickOf(seq)), all.promise])
      clearTimeout(timer)
      return all.promise
    },
    leave: () => {
      for (const socket of sockets) socket.terminate()
      agent.destroy()
    },
  }
}

async function listener({ url, headers }: Stage): Promise<WebSocket> {
  // Compression is a choice of the client's; a yardstick leaves it out on both sides.
  const socket = new WebSocket(url, { headers, perMessageDeflate: false })
  await once(socket, 'open')
  socket.send(JSON.stringify({ action: 'subscribe', symbols: heardSymbols }))
  await once(socket, 'message')
  return socket
}

/** A tick of all feeds. */
function tickOf(seq: number): Broadcast {
  const atMs = Date.now()
  const records = catalogue.map(({ symbol }): PriceRecord => ({
    symbol,
    price: 97_500.125,
    timestamp: atMs,
    observed_at: atMs,
    sources: ['binance', 'coinbase', 'kraken'],
    confidence: 0.98,
    interval_bps: 1.5,
    algorithm: 'bench',
    change_24h: 1.25,
    seq,
  }))
  return { at_ms: atMs, records }
}

async function post(url: string, agent: Agent, body: Broadcast): Promise<void> {
  const text = JSON.stringify(body)
  const sent = request(url, {
    method: 'POST',
    agent,
    headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) },
  })
  sent.end(text)
  const [response] = await once(sent, 'response')
  response.resume()
  await once(response, 'end')
  if (response.statusCode !== 200) throw new Error(`A broadcast failed (${response.statusCode}).`)
}
