/** The children of the supervisor: started, watched, and ended with all that they started. */

import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

export type Child = {
  readonly name: string
  readonly pid: number
  /** What it told its parent when it could be reached; never, if it is no stand-in of ours. */
  readonly told: Promise<unknown>
  /** Ends the child and its descendants; the watcher is not told, since it was asked for. */
  readonly stop: () => Promise<void>
  /** Ends it at once, as a power cut would. */
  readonly kill: () => Promise<void>
}

export type ChildPlan = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly logFile: string
  /** Hears every line of the child's standard output. */
  readonly onLine?: (line: string) => void
  /** Hears that the child died without being asked to. */
  readonly onDeath: (sentence: string) => void
}

/** A child has this long to end when asked; then it is ended. Milliseconds. */
const graceMs = 2_500

/** Of a child that dies, this many of its last lines are told. */
const toldLines = 8

/** What the shell says of another bridge or collector is not for the programs of this house. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('CHRONO_')))
}

/** Starts a child in a process group of its own, so that it can be ended with its descendants. */
export function start(plan: ChildPlan): Child {
  const child = spawn(plan.command, [...plan.args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...withoutSettings(process.env), ...plan.env },
  })
  const { pid } = child
  if (pid === undefined)
    throw new Error(`${plan.name} could not be started: ${plan.command} is missing.`)

  const lastLines = logTo(child, plan)
  let isAskedToStop = false
  child.on('error', (error) => plan.onDeath(`${plan.name} could not be started: ${error.message}.`))
  child.on('exit', (code, signal) => {
    if (isAskedToStop) return
    const why = signal === null ? `code ${code}` : `signal ${signal}`
    plan.onDeath(`${plan.name} ended by itself (${why}). ${lastLines.join(' | ')}`.trim())
  })

  return {
    name: plan.name,
    pid,
    told: once(child, 'message').then(([message]: unknown[]) => message),
    stop: async () => {
      isAskedToStop = true
      await stopGroup(child, pid)
    },
    kill: async () => {
      isAskedToStop = true
      const exited = isOver(child) ? Promise.resolve() : once(child, 'exit')
      signalGroup(pid, 'SIGKILL')
      await exited
    },
  }
}

function logTo(child: ChildProcess, { logFile, onLine }: ChildPlan): string[] {
  const log = createWriteStream(logFile, { flags: 'a' })
  const lastLines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', (line) => {
      log.write(`${line}\n`)
      lastLines.push(line)
      if (lastLines.length > toldLines) lastLines.shift()
      if (stream === child.stdout) onLine?.(line)
    })
  }
  return lastLines
}

async function stopGroup(child: ChildProcess, pid: number): Promise<void> {
  const exited = isOver(child) ? Promise.resolve() : once(child, 'exit')
  signalGroup(pid, 'SIGTERM')
  await Promise.race([exited, pause(graceMs)])
  // Also when the child itself has ended: a descendant may not have.
  signalGroup(pid, 'SIGKILL')
  await exited
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // The whole group has ended already, which is what was wanted.
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** A port that nobody listens on at present. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port could be had.')
  return address.port
}

/** Whether a port can be listened on. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    // Whatever keeps us from listening keeps the program from it too.
    return false
  } finally {
    server.close()
  }
}

/**
 * Waits until an address answers with a status below 500.
 *
 * @throws {Error} in one sentence, if it does not within `withinMs`.
 */
export async function untilItAnswers(url: string, what: string, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs
  while (Date.now() < deadline) {
    try {
      const { status } = await fetch(url, { signal: AbortSignal.timeout(1_000) })
      if (status < 500) return
    } catch {
      // Not up yet: asked again below.
    }
    await pause(100)
  }
  throw new Error(`${what} did not answer at ${url} within ${withinMs / 1_000} seconds.`)
}
