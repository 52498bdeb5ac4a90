/** The one place that writes the log: one JSON line an event. */

import type { Mode } from './protocol/status.ts'

/** An event's name is a kebab-case past participle; it holds no secret. */
export type Log = (event: Readonly<Record<string, unknown>>) => void

/** A log whose every line says whether prices are real. */
export function logOf(mode: Mode): Log {
  return (event) => {
    // oxlint-disable-next-line no-console -- Cloudflare collects the log from the console.
    console.log(JSON.stringify({ ...event, mode }))
  }
}
