/**
 * `chrono-bridge`: the process about the command line. Real things are joined behind that, in
 * `daemon.ts`.
 */

import { runCommandLine } from './command-line.ts'
import { logTo } from './log.ts'

// What the bridge writes is its owner's alone.
process.umask(0o077)

// oxlint-disable-next-line node/no-process-env -- The one place that reads it.
const env = process.env

const print = (text: string) => void process.stdout.write(`${text}\n`)
const warn = (text: string) => void process.stderr.write(`${text}\n`)

const log = logTo(
  (line) => void process.stdout.write(line),
  () => Date.now(),
)

// Whoever reads the log may go at any time. Its lines are dropped then: a process that owes a reveal
// goes on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

/** The second request to end is not argued with: the journal is safe at any instant. */
function onEnd(end: () => void): void {
  let asked = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      asked += 1
      if (asked > 1) process.exit(1)
      log({ event: 'end-requested', signal })
      end()
    })
  }
  // A supervisor that keeps a channel to us is gone: nobody reads the log or stops us any more.
  process.once('disconnect', () => process.exit(1))
}

function exitWith(code: number): void {
  process.exitCode = code
}

await runCommandLine(process.argv.slice(2), { env, print, warn, log, onEnd, exitWith })
