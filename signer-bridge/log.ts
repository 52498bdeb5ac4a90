/** The one place that writes the log: one JSON line an event, never with a secret. */

/** An event's name is a kebab-case past participle. No random, vector, key, password or calldata. */
export type Log = (event: Readonly<Record<string, unknown> & { event: string }>) => void

export function logTo(write: (line: string) => void, nowMs: () => number): Log {
  return (event) => {
    write(`${JSON.stringify({ at: new Date(nowMs()).toISOString(), ...event })}\n`)
  }
}

/** A log that counts each line by its event. */
export function counted(log: Log, count: (event: string) => void): Log {
  return (event) => {
    count(event.event)
    log(event)
  }
}

/** A log that says a thing once, until something else of that name happens. */
export function withoutEchoes(log: Log): Log {
  const said = new Map<string, string>()
  return (event) => {
    const line = JSON.stringify(event)
    if (said.get(event.event) === line) return
    said.set(event.event, line)
    log(event)
  }
}
