/**
 * A data connector's client beside the bridges, which has a bit vector to reveal and a root to be
 * signed in most rounds, is asked again in some, and is slow or gone on order.
 */

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { companionAnswer } from './companion-words.ts'

export type CompanionFaults = {
  /** Every answer comes this much later. */
  delayMs: number
  /** Nobody is answered until then, Unix milliseconds. */
  downUntilMs: number
}

export type SoakCompanion = {
  readonly url: string
  readonly faults: CompanionFaults
  readonly stop: () => void
}

export async function startCompanion(): Promise<SoakCompanion> {
  const faults: CompanionFaults = { delayMs: 0, downUntilMs: 0 }
  const answer = async (path: string, response: ServerResponse) => {
    if (Date.now() < faults.downUntilMs) return void response.destroy()
    await pause(faults.delayMs)
    const [, kind = '', round = ''] = path.split('/')
    response
      .writeHead(200, { 'Content-Type': 'application/json' })
      .end(JSON.stringify(companionAnswer(kind, Number(round))))
  }
  const server = createServer((request, response) => {
    answer(request.url ?? '', response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    faults,
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
