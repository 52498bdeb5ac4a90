/**
 * A Worker in the hands of an enemy, over real HTTP: it has the valid secret and answers as it likes.
 * Where a test says nothing else it answers as an honest one does.
 */

import { createHash, createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { answerText, bridgeHeaders } from '../../src/protocol/bridge-auth.ts'

export type Door = 'lease' | 'freeze' | 'reservations' | 'standby' | 'reports'

export type Asked = {
  readonly door: Door
  readonly nonce: string
  // oxlint-disable-next-line typescript/no-explicit-any -- What a bridge of ours has just written.
  readonly body: any
}

/** An answer: bytes with whatever signature, or something else done with the connection. */
export type Said = {
  /** Anything but a text is made JSON. */
  readonly body?: unknown
  readonly status?: number
  /** What the signature is made over and with, where that is not what it should be. */
  readonly signs?: {
    readonly nonce?: string
    readonly status?: number
    readonly secret?: string
    readonly signature?: string
  }
  readonly headers?: Readonly<Record<string, string>>
  readonly act?: (response: ServerResponse) => void
}

export type Answering = (asked: Asked) => Said

export type HostileWorker = {
  readonly url: string
  readonly secret: string
  readonly asked: Asked[]
  /** From now on this door answers so. */
  readonly says: (door: Door, answering: Answering) => void
  readonly stop: () => void
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** What the Worker of a test says of its own accord. */
export type Honesty = Readonly<Record<Door, Answering>>

export async function startHostileWorker(honest: Honesty): Promise<HostileWorker> {
  const secret = randomBytes(24).toString('hex')
  const asked: Asked[] = []
  const answers: Record<Door, Answering> = { ...honest }

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const text = (await buffer(request)).toString()
    const one: Asked = {
      door: doorOf(request.url ?? ''),
      nonce: String(request.headers[bridgeHeaders.nonce.toLowerCase()]),
      body: JSON.parse(text),
    }
    asked.push(one)
    const said = answers[one.door](one)
    if (said.act !== undefined) return said.act(response)
    const { body, status = 200, headers = {} } = said
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
    const signature = signatureOf(said, { secret, nonce: one.nonce, status, bytes })
    response.writeHead(status, { ...headers, [bridgeHeaders.signature]: signature }).end(bytes)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    secret,
    asked,
    says: (door, answering) => {
      answers[door] = answering
    },
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

type Due = {
  readonly secret: string
  readonly nonce: string
  readonly status: number
  readonly bytes: Buffer
}

/** What an honest answer is signed with, but for what the enemy changes in it. */
function signatureOf({ signs = {} }: Said, { bytes, ...due }: Due): string {
  const { secret, nonce, status, signature } = { ...due, ...signs }
  const text = answerText({ status, nonce, bodySha256: sha256(bytes) })
  return signature ?? createHmac('sha256', secret).update(text).digest('hex')
}

function doorOf(path: string): Door {
  if (path.endsWith('/freeze')) return 'freeze'
  const last = path.split('/').at(-1)
  if (last === 'lease' || last === 'reservations' || last === 'standby' || last === 'reports') {
    return last
  }
  throw new Error(`A bridge asks for nothing at ${path}.`)
}
