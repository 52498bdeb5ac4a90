/** A world of sockets without a network: time stands until it is let pass, and sockets are puppets. */

import type { LiveDeps, LiveSocket, SocketListener } from '../../src/exchanges/live/line.ts'
import { liveRules } from '../../src/exchanges/live/rules.ts'

/** A socket whose other end a test holds. */
export type Puppet = {
  readonly url: string
  /** What the other end has been sent, parsed where it is JSON. */
  readonly sent: unknown[]
  readonly listener: SocketListener
  isClosed: boolean
}

export type PuppetWorld = {
  readonly deps: LiveDeps
  /** Every socket that was opened, the newest last. */
  readonly sockets: Puppet[]
  /** Lets time pass; whatever falls due meanwhile happens at its time. Milliseconds. */
  readonly pass: (ms: number) => void
  readonly nowMs: () => number
  /** Timers that wait. */
  readonly waiting: () => number
}

type Timer = { readonly atMs: number; readonly act: () => void }

/** No exchange dated anything before 2010, so the world begins later. Unix milliseconds. */
export const worldBeganMs = Date.UTC(2026, 10, 22, 10, 30)

export function puppetWorld(rules: Partial<typeof liveRules> = {}): PuppetWorld {
  let nowMs = worldBeganMs
  const timers = new Set<Timer>()
  const sockets: Puppet[] = []

  const open = (url: string, listener: SocketListener): LiveSocket => {
    const puppet: Puppet = { url, sent: [], listener, isClosed: false }
    sockets.push(puppet)
    return {
      send: (text) => {
        if (puppet.isClosed) throw new Error('The socket is closed.')
        puppet.sent.push(parsed(text))
      },
      close: () => {
        puppet.isClosed = true
      },
    }
  }

  return {
    deps: {
      open,
      after: (ms, act) => {
        const timer = { atMs: nowMs + ms, act }
        timers.add(timer)
        return () => timers.delete(timer)
      },
      nowMs: () => nowMs,
      chance: () => 0,
      rules: { ...liveRules, ...rules },
    },
    sockets,
    pass(ms) {
      const untilMs = nowMs + ms
      for (;;) {
        const [next] = [...timers].toSorted((a, b) => a.atMs - b.atMs)
        if (next === undefined || next.atMs > untilMs) break
        timers.delete(next)
        nowMs = Math.max(nowMs, next.atMs)
        next.act()
      }
      nowMs = untilMs
    },
    nowMs: () => nowMs,
    waiting: () => timers.size,
  }
}

/** The newest socket. */
export function newest({ sockets }: PuppetWorld): Puppet {
  const socket = sockets.at(-1)
  if (socket === undefined) throw new Error('expected a socket')
  return socket
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A bare word, as OKX has it.
    return text
  }
}
