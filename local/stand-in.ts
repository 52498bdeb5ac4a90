/**
 * A stand-in as a program of its own: says where it is once it can be reached, ends when it is told
 * to or when the process that started it is gone, and fails in one sentence.
 */

import { pathToFileURL } from 'node:url'

export type Running = {
  /** What is told of where it is: a line of JSON, and a message to the parent. */
  readonly address: Readonly<Record<string, unknown>>
  readonly stop: () => Promise<void>
}

/** A stand-in that does not end by itself is ended after this long. Milliseconds. */
const stopWithinMs = 1_500

/**
 * Runs a stand-in if its file was started as a program; does nothing if it was imported.
 *
 * @param file The `import.meta.url` of the stand-in's own file.
 * @param name What people call it: "Postgres".
 */
export async function runIfMain(
  file: string,
  name: string,
  start: () => Promise<Running>,
): Promise<void> {
  if (file !== pathToFileURL(process.argv[1] ?? '').href) return
  try {
    const hasParent = process.connected
    const { address, stop } = await start()
    const end = (): void => {
      setTimeout(() => process.exit(0), stopWithinMs)
      void stop().finally(() => process.exit(0))
    }
    for (const sign of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(sign, end)
    // A parent that left while we were starting said so to nobody.
    if (hasParent && !process.connected) return end()

    // The line comes last: whoever has read it may end us at once.
    process.send?.(address)
    const event = `${name.toLowerCase()}-started`
    process.stdout.write(`${JSON.stringify({ event, ...address })}\n`)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    process.stderr.write(`The ${name} stand-in did not start: ${reason}\n`)
    process.exitCode = 1
  }
}

/**
 * The port that a command line names; 0 is any free one.
 *
 * @throws {Error} in one sentence, if it is none.
 */
export function portOf(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new Error(`--port ${text} is no port.`)
}
