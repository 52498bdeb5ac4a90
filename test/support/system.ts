/** A running system as a test sees it: over HTTP, WebSocket and SQL, like anybody else. */

import pg from 'pg'
import type { StackFile } from '../../local/addresses.ts'
import type { Stack } from '../../local/stack.ts'
import { type Status, statusSchema } from '../../src/protocol/status.ts'
import { type StreamMessage, streamMessageSchema } from '../../src/protocol/wire.ts'

/** What `look` finds, as soon as it finds something. */
export async function until<T>(
  what: string,
  withinMs: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + withinMs
  let last: unknown
  while (Date.now() < deadline) {
    try {
      const found = await look()
      if (found !== undefined) return found
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`Waited ${withinMs} ms in vain for ${what}.`, { cause: last })
}

/** Fires the Worker's cron now and at every full minute; gives the way to end that. */
export function keepCron(stack: Stack): () => void {
  let timer: NodeJS.Timeout
  const fire = (): void => {
    const nowMs = Date.now()
    // A Worker that a test has stopped does not answer; the next minute finds it again.
    stack.fireCron(nowMs).catch(() => undefined)
    timer = setTimeout(fire, 60_000 - (nowMs % 60_000))
  }
  fire()
  return () => clearTimeout(timer)
}

export type Answer = {
  readonly status: number
  readonly headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- A test asserts what it finds here.
  readonly body: any
}

/** One request; the demo key goes with it unless headers say otherwise. */
export async function ask(
  stack: StackFile,
  path: string,
  init: Omit<RequestInit, 'headers'> & {
    readonly key?: string
    readonly headers?: Readonly<Record<string, string>>
  } = {},
): Promise<Answer> {
  const { key = stack.api_key, headers, ...rest } = init
  const response = await fetch(stack.worker_url + path, {
    ...rest,
    headers: { ...(key === '' ? {} : { 'X-API-Key': key }), ...headers },
    signal: AbortSignal.timeout(20_000),
  })
  const text = await response.text()
  const isJson = response.headers.get('Content-Type')?.includes('json') ?? false
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : text,
  }
}

/** A key with a limit that no test reaches. */
export async function roomyKey(stack: StackFile, limitPerMinute = 100_000): Promise<string> {
  const { status, body } = await ask(stack, '/admin/v1/keys', {
    method: 'POST',
    key: stack.admin_key,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'test', limit_per_minute: limitPerMinute }),
  })
  if (status !== 201) throw new Error(`No key could be made: ${status} ${JSON.stringify(body)}`)
  return body.key
}

export type ToldStatus = Status & { readonly ticks: NonNullable<Status['ticks']> }

/** The state of the house; waits for no one, and wants the book of ticks to be there. */
export async function statusOf(stack: StackFile): Promise<ToldStatus> {
  const { ticks, ...status } = statusSchema.parse((await ask(stack, '/api/v1/status')).body)
  if (ticks === undefined) throw new Error('The status tells nothing of ticks.')
  return { ...status, ticks }
}

/** Makes a replayed exchange misbehave, or behave again. */
export async function misbehave(
  stack: StackFile,
  exchange: string,
  how: Readonly<Record<string, unknown>>,
): Promise<void> {
  const room = exchange === 'all' ? 'control' : `control/${exchange}`
  const response = await fetch(`${stack.exchanges_url}/${room}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(how),
  })
  if (!response.ok) throw new Error(`Control of ${exchange} answered ${response.status}.`)
}

/** Rows of one statement. */
export async function rowsOf(
  stack: StackFile,
  text: string,
  values: readonly unknown[] = [],
  // oxlint-disable-next-line typescript/no-explicit-any -- A test asserts what it finds here.
): Promise<readonly any[]> {
  const client = new pg.Client({ connectionString: stack.database_url })
  await client.connect()
  try {
    return (await client.query(text, [...values])).rows
  } finally {
    await client.end()
  }
}

export type Ear = {
  readonly heard: StreamMessage[]
  readonly socket: WebSocket
  readonly say: (message: unknown) => void
  /** The close, once it came. */
  readonly closed: Promise<{ readonly code: number }>
}

/** A listener with the key in its subprotocols, as a browser would have it. */
export async function listen(stack: StackFile, key = stack.api_key): Promise<Ear> {
  const encoded = Buffer.from(key).toString('base64url')
  const socket = new WebSocket(`${stack.worker_url.replace('http', 'ws')}/ws`, [
    'chrono.v1',
    `chrono.key.${encoded}`,
  ])
  const heard: StreamMessage[] = []
  socket.addEventListener('message', ({ data }) => {
    heard.push(streamMessageSchema.parse(JSON.parse(String(data))))
  })
  const closed = new Promise<{ code: number }>((resolve) => {
    socket.addEventListener('close', ({ code }) => resolve({ code }))
  })
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', () => reject(new Error('The socket did not open.')))
  })
  return {
    heard,
    socket,
    say: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    closed,
  }
}
