/** A Worker for the bridge to talk to over real HTTP: it leases, freezes, reserves and listens. */

import { createHash, createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { answerText, bridgeHeaders, requestText } from '../../src/protocol/bridge-auth.ts'
import {
  freezeRequestSchema,
  reportsRequestSchema,
  type SubmissionReport,
} from '../../src/protocol/bridge-wire.ts'

export type BridgeWorker = {
  readonly url: string
  readonly secret: string
  readonly reports: SubmissionReport[]
  /** Rounds that were frozen, and over how many feeds. */
  readonly frozen: ReadonlyMap<number, number>
  readonly stop: () => void
}

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex')

export async function startBridgeWorker(): Promise<BridgeWorker> {
  const secret = randomBytes(24).toString('hex')
  const reports: SubmissionReport[] = []
  const frozen = new Map<number, number>()
  const hmac = (text: string) => createHmac('sha256', secret).update(text).digest('hex')

  const answerTo = (path: string, body: unknown): unknown => {
    const round = /\/rounds\/(\d+)\/freeze$/.exec(path)?.[1]
    if (path.endsWith('/lease')) return { fencing_token: 1, expires_at: Date.now() + 60_000 }
    if (path.endsWith('/reservations')) return { reserved: true }
    if (round !== undefined) {
      const { feeds } = freezeRequestSchema.parse(body)
      frozen.set(Number(round), feeds.length)
      const entries = feeds.map((feed, i) => ({ ...feed, price: (i + 1) / 8 }))
      return { voting_round_id: Number(round), frozen_at: Date.now(), entries }
    }
    const { reports: told } = reportsRequestSchema.parse(body)
    reports.push(...told)
    return { acknowledged: told.map(({ id }) => id) }
  }

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request)
    const header = (name: string) => String(request.headers[name.toLowerCase()] ?? '')
    const [nonce, path] = [header(bridgeHeaders.nonce), request.url ?? '']
    const timeMs = Number(header(bridgeHeaders.time))
    const asked = { method: 'POST', path, timeMs, nonce, bodySha256: sha256(body) }
    if (header(bridgeHeaders.signature) !== hmac(requestText(asked))) {
      response.writeHead(401).end('{}')
      return
    }
    const text = JSON.stringify(answerTo(path, JSON.parse(body.toString())))
    const signature = hmac(answerText({ status: 200, nonce, bodySha256: sha256(text) }))
    response.writeHead(200, { [bridgeHeaders.signature]: signature }).end(text)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address.')
  return {
    url: `http://127.0.0.1:${address.port}`,
    secret,
    reports,
    frozen,
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
