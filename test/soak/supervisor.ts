/** Keeps a bridge's process running, as systemd does: what died is started again at once. */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Told } from './bridge.ts'

export type Supervised = {
  /**
   * How long each start took until the bridge had its first block, from when on it can send what it
   * owes. Milliseconds.
   */
  readonly startsMs: readonly number[]
  readonly tell: (told: Told) => void
  readonly signal: (signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT') => void
  /** It is not started again before so long from now. */
  readonly stayAway: (forMs: number) => void
  /** Whether it has said that it is ready, and has not ended since. */
  readonly isReady: () => boolean
  /** Resident memory now, bytes; `undefined` while it is down. */
  readonly residentBytes: () => number | undefined
  /** Asks it to end, waits, and starts it no more. */
  readonly stop: () => Promise<void>
}

/** As the launcher starts it, to the flag. */
const launcherFlags: readonly string[] =
  /^#!.*?node (.*)$/m
    .exec(
      readFileSync(join(import.meta.dirname, '../../signer-bridge/chrono-bridge.js'), 'utf8'),
    )?.[1]
    ?.split(' ') ?? []

const restartMs = 100

/** What is owed is finished first, and that takes a round at most. */
const lastWaitMs = 60_000

export type Supervising = {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly logFile: string
  /** It has died at a place where it was ordered to. */
  readonly onDeath: (place: string) => void
  /** What each new process is to be told at once. */
  readonly greeting: () => Told
}

export function supervise(plan: Supervising): Supervised {
  const startsMs: number[] = []
  let child: ChildProcess | undefined
  let isReady = false
  let isEnding = false
  let absentUntilMs = 0

  const start = (): void => {
    if (isEnding) return
    const waitMs = absentUntilMs - Date.now()
    if (waitMs > 0) {
      setTimeout(start, waitMs)
      return
    }
    const startedAtMs = performance.now()
    const bridge = fork(join(import.meta.dirname, 'bridge.ts'), [...plan.args], {
      env: { PATH: process.env['PATH'] ?? '', MALLOC_ARENA_MAX: '2', ...plan.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [...launcherFlags],
    })
    child = bridge
    bridge.send(plan.greeting())
    const lines = bridge.stdout === null ? undefined : createInterface(bridge.stdout)
    lines?.on('line', (line) => {
      if (line.includes('"bridge-ready"')) {
        isReady = true
        startsMs.push(performance.now() - startedAtMs)
      }
      appendFileSync(plan.logFile, `${line}\n`)
    })
    bridge.stderr?.on('data', (words: Buffer) => appendFileSync(plan.logFile, words))
    bridge.on('message', (message: { readonly died?: string }) => {
      if (message.died !== undefined) plan.onDeath(message.died)
    })
    bridge.once('exit', (code, signal) => {
      appendFileSync(plan.logFile, `${JSON.stringify({ event: 'bridge-ended', code, signal })}\n`)
      child = undefined
      isReady = false
      if (!isEnding) setTimeout(start, restartMs)
    })
  }
  start()

  return {
    startsMs,
    tell: (told) => {
      // One that has just died hears of it with its greeting.
      if (child?.connected === true) child.send(told)
    },
    signal: (signal) => void child?.kill(signal),
    stayAway: (forMs) => {
      absentUntilMs = Date.now() + forMs
    },
    isReady: () => isReady,
    residentBytes: () => (child?.pid === undefined ? undefined : residentOf(child.pid)),
    stop: async () => {
      isEnding = true
      const ending = child
      if (ending === undefined) return
      const ended = once(ending, 'exit')
      ending.kill('SIGCONT')
      ending.kill('SIGTERM')
      const late = setTimeout(() => ending.kill('SIGKILL'), lastWaitMs)
      await ended
      clearTimeout(late)
    },
  }
}

/** As the kernel tells it; where it tells otherwise, nothing is known. */
function residentOf(pid: number): number | undefined {
  try {
    const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024
  } catch {
    // It has just ended.
    return undefined
  }
}
