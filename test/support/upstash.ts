/** A stand-in of one's own, and the bare REST interface as a client without any library sees it. */

import { expect } from 'vitest'
import type { Upstash } from '../../local/upstash.ts'
import type { RestReply } from './resp.ts'

/** Sends a request to a stand-in; a body that is no text is sent as JSON. */
export async function ask(
  { url, token }: Pick<Upstash, 'url' | 'token'>,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly json: unknown }> {
  const response = await fetch(url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const json: unknown = await response.json()
  return { status: response.status, json }
}

/** Sends a pipeline and gives the replies. */
export async function pipeline(
  upstash: Pick<Upstash, 'url' | 'token'>,
  lines: readonly (readonly unknown[])[],
): Promise<readonly RestReply[]> {
  const { status, json } = await ask(upstash, '/pipeline', lines)
  expect(status).toBe(200)
  if (!Array.isArray(json)) throw new Error('Expected an array of replies.')
  return json
}

/** The lines that a subscription hears, as they come. */
export async function* heardOn(
  { url, token }: Pick<Upstash, 'url' | 'token'>,
  channels: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' }
  const response = await fetch(`${url}/subscribe/${channels}`, { headers, signal })
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += new TextDecoder().decode(chunk)
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    yield* lines.filter((line) => line !== '')
  }
}
