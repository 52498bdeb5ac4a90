/** Real sockets for a manager in Node, and REST beside them at a desk. */

import { WebSocket } from 'ws'
import { Desk } from '../../src/exchanges/desk.ts'
import type { SourcePlan } from '../../src/exchanges/collected.ts'
import { nothing } from '../../src/exchanges/collected.ts'
import type { LiveDeps } from '../../src/exchanges/live/line.ts'
import { LiveManager } from '../../src/exchanges/live/manager.ts'
import { type LiveRules, liveRules } from '../../src/exchanges/live/rules.ts'

/** Opens a socket of Node's, as a collector opens one of the Worker's. */
export const openInNode: LiveDeps['open'] = (url, { opened, heard, ended }) => {
  const socket = new WebSocket(url, { handshakeTimeout: 5_000 })
  socket.on('open', opened)
  socket.on('message', (data) => heard(Buffer.isBuffer(data) ? data.toString() : data))
  socket.on('close', (code) => ended(`It was closed with ${code}.`))
  socket.on('error', (error) => ended(error.message))
  return {
    send: (text) => socket.send(text),
    // A stalled peer answers no close frame, so the connection itself is ended.
    close: () => socket.terminate(),
  }
}

/** A collector in Node: sockets first, REST for the rest. Counts what REST is asked for. */
export function liveCollector(where: {
  readonly baseUrls: Readonly<Record<string, string>>
  readonly liveUrls: Readonly<Record<string, string>>
  readonly rules: Partial<LiveRules>
}) {
  const world = { nowMs: () => Date.now(), chance: () => 0.5 }
  const manager = new LiveManager(new Map(Object.entries(where.liveUrls)), {
    ...world,
    open: openInNode,
    after: (ms, act) => {
      const timer = setTimeout(act, ms)
      return () => clearTimeout(timer)
    },
    rules: { ...liveRules, ...where.rules },
  })
  const desk = new Desk([], {
    ...world,
    fetch: (url, init) => fetch(url, init),
    baseUrls: where.baseUrls,
    askElsewhere: async () => nothing,
  })
  const askedOverRest: string[] = []
  return {
    manager,
    askedOverRest,
    collect: async (plan: SourcePlan) =>
      manager.collect(plan, async (rest) => {
        askedOverRest.push(...rest.markets)
        return desk.collect(rest, 0, 4_000)
      }),
  }
}
