/**
 * The mechanics of a signed conversation with the Worker, as Node holds it: digests, a comparison that
 * tells nothing by its time, a bounded body, and one sentence for whatever went wrong. Shared by the
 * bridge and by external collectors.
 */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

/** Far above any answer of the Worker's: a frozen round has 63 values, a hundred refusals 10 KB. */
const maxAnswerBytes = 262_144

/** @throws {Error} if the body is longer than any answer of the Worker's. */
export async function bytesOf(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > maxAnswerBytes) throw new Error('The answer is too long.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export function hmac(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}

export function isSame(given: string, expected: string): boolean {
  const one = Buffer.from(given)
  const other = Buffer.from(expected)
  return one.length === other.length && timingSafeEqual(one, other)
}

/** One sentence without the request or the answer: neither is for the log. */
export function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return 'The answer has another shape than agreed.'
  if (!(error instanceof Error)) return 'No answer.'
  if (error.name === 'TimeoutError') return 'No answer in time.'
  const cause = error.cause instanceof Error ? ` ${error.cause.message}` : ''
  return `${error.message}${cause}`.slice(0, 200)
}
