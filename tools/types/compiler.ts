/**
 * Which TypeScript checks the types: the native one for this machine, as a package of its own
 * without a `bin` (two packages that both bring a `tsc` would fight over the name), or TypeScript 6.
 */

import { dirname, join } from 'node:path'

export type Compiler = {
  readonly command: string
  readonly args: readonly string[]
  /** Why it is not the native one. */
  readonly notice?: string
}

/** As much of `process` as names a machine, and the Node that it runs. */
export type Machine = {
  readonly platform: string
  readonly arch: string
  readonly execPath: string
}

/**
 * The compiler that is installed.
 *
 * @param resolve Where a module's file is; throws if there is none, as Node's own does.
 * @throws {Error} as `resolve` does, if there is no TypeScript at all.
 */
export function compilerOf(machine: Machine, resolve: (name: string) => string): Compiler {
  const name = `@typescript/typescript-${machine.platform}-${machine.arch}`
  try {
    const command = join(dirname(resolve(`${name}/package.json`)), 'lib', 'tsc')
    // The tests run beside it and want the other cores; its threads cost a third of time on top.
    return { command, args: ['--singleThreaded'] }
  } catch {
    // An optional dependency is absent wherever it is not built for, or was left out.
    const script = join(dirname(resolve('typescript/package.json')), 'bin', 'tsc')
    const notice = `${name} is not installed: TypeScript 6 checks the types, and takes longer.`
    return { command: machine.execPath, args: [script], notice }
  }
}
