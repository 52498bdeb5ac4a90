/**
 * The programs that a bench needs running: started in turn, told apart by name, and all of them
 * ended, however the bench ends.
 */

import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Child, start } from '../../local/processes.ts'

const local = join(import.meta.dirname, '..', '..', 'local')

/** PGlite takes the longest, three seconds on an idle machine. Milliseconds. */
const startWithinMs = 30_000

/** Linux counts a process's time in hundredths of a second, whatever its clock does. */
const ticksPerSec = 100

export type Troupe = {
  /** Starts a stand-in of `local/` on a free port; the address that it prints when it answers. */
  readonly standIn: (script: string, ...args: readonly string[]) => Promise<string>
  /** Starts a Node program of the bench. */
  readonly program: (file: string, ...args: readonly string[]) => Child
  /** Starts another program, which ends with us even if we are killed. */
  readonly leashed: (name: string, command: Command) => Child
  readonly stop: () => Promise<void>
}

export type Command = {
  readonly program: string
  readonly args: readonly string[]
  readonly onLine?: (line: string) => void
}

/**
 * @param directory For logs.
 * @param onDeath Hears of a program that ended by itself.
 * @param env What all of them find in their environment besides ours.
 */
export function troupeIn(
  directory: string,
  onDeath: (sentence: string) => void,
  env: Readonly<Record<string, string>> = {},
): Troupe {
  const children: Child[] = []

  function run(name: string, args: readonly string[], onLine?: (line: string) => void): Child {
    const child = start({
      name,
      command: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', ...args],
      env,
      logFile: join(directory, `${name}.log`),
      onDeath,
      ...(onLine !== undefined && { onLine }),
    })
    children.push(child)
    return child
  }

  return {
    standIn: async (script, ...args) => {
      const told = Promise.withResolvers<string>()
      const timer = setTimeout(() => {
        told.reject(new Error(`${script} did not start within ${startWithinMs / 1_000} seconds.`))
      }, startWithinMs)
      run(script, [join(local, `${script}.ts`), '--port', '0', ...args], (line) => {
        const url = /(?:http|postgres):\/\/[^\s"]+/.exec(line)?.[0]
        if (url !== undefined) told.resolve(url)
      })
      return told.promise.finally(() => clearTimeout(timer))
    },
    program: (file, ...args) => run(basename(file, '.ts'), [file, ...args]),
    leashed: (name, { program, args, onLine }) =>
      run(name, [join(local, 'leash.ts'), program, ...args], onLine),
    stop: async () => {
      await Promise.all(children.map((child) => child.stop()))
    },
  }
}

/** Memory that the one child of a process has resident, bytes; undefined like `cpuMsOfChild`. */
export function residentBytesOfChild(pid: number): number | undefined {
  try {
    const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(
      readFileSync(`/proc/${child}/status`, 'utf8'),
    )?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024
  } catch {
    // No such file: not Linux.
    return undefined
  }
}

/** Processor time that a process has used, milliseconds; undefined where nobody keeps account. */
export function cpuMsOf(pid: number | string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Fields 14 and 15; the second may hold anything, but ends with the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSec
  } catch {
    // No such file: it has ended, or this is not Linux.
    return undefined
  }
}

/**
 * Processor time that the one child of a process has used, milliseconds; undefined where the
 * system keeps no such account below /proc.
 */
export function cpuMsOfChild(pid: number): number | undefined {
  try {
    return cpuMsOf(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim())
  } catch {
    // No such file: not Linux.
    return undefined
  }
}
