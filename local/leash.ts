/**
 * Runs another program and ends it, with all its descendants, when our own parent is gone: for
 * programs that would outlive a supervisor that was killed. `node local/leash.ts command args…`
 */

import { spawn } from 'node:child_process'

const [command, ...args] = process.argv.slice(2)
if (command === undefined) throw new Error('Usage: node local/leash.ts command args…')

const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })

function end(): void {
  // We lead the group in which the program and its descendants run.
  process.kill(-process.pid, 'SIGKILL')
}

process.on('disconnect', end)
child.on('exit', (code) => process.exit(code ?? 1))
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => child.kill(signal))
}
