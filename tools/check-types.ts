/**
 * Checks the types of every project, by the native TypeScript 7 where it is installed: it needs a
 * quarter of the processor time of TypeScript 6, which Svelte's and other tools still read. On any
 * other machine TypeScript 6 checks the same, and a sentence says so.
 *
 *     node tools/check-types.ts [project…]
 */

import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { compilerOf } from './types/compiler.ts'

const projects = ['tsconfig.pure.json', 'tsconfig.worker.json', 'tsconfig.node.json']

/** The slowest takes half a minute by TypeScript 6; a machine that does other things, far longer. */
const checkMs = 600_000

function main(asked: readonly string[]): number {
  const { command, args, notice } = compilerOf(process, createRequire(import.meta.url).resolve)
  if (notice !== undefined) console.log(notice)
  let hasFailed = false
  for (const project of asked.length > 0 ? asked : projects) {
    const { status, error } = spawnSync(command, [...args, '--project', project], {
      stdio: 'inherit',
      timeout: checkMs,
    })
    if (error !== undefined) console.error(`${project} could not be checked: ${error.message}.`)
    // What a later project has to say is of use, too.
    hasFailed ||= status !== 0
  }
  return hasFailed ? 1 : 0
}

process.exitCode = main(process.argv.slice(2))
