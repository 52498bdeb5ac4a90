/** A request's body: read up to a limit, parsed as JSON, checked against its schema. */

import type { z } from 'zod'
import { ApiError } from './problem.ts'

/** Two hundred quotes take 20 KB. */
export const maxBodyBytes = 65_536

/**
 * What is read and thrown away of a body beyond its limit: a client that is still sending when the
 * answer comes and the connection ends often sees the end alone.
 */
const maxDrainedBytes = 1_000_000

/** Wrong fields that one answer names. */
const maxNamedFields = 5

/**
 * What the body says. The content type is not looked at: whatever reads as the schema is welcome.
 *
 * @throws {ApiError} `body-too-large`, `json-malformed`, or `request-malformed` naming the fields.
 */
export async function bodyOf<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  return bodyOfBytes(await bytesOf(request, maxBodyBytes), schema)
}

/**
 * What a body says that has been read already.
 *
 * @throws {ApiError} `json-malformed`, or `request-malformed` naming the fields.
 */
export function bodyOfBytes<T>(bytes: Uint8Array, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(jsonOf(textOf(bytes)))
  if (parsed.success) return parsed.data

  const errors = parsed.error.issues.slice(0, maxNamedFields).map(({ path, message }) => ({
    field: fieldOf(path),
    message: message.slice(0, 200),
  }))
  const sentence = errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
  throw new ApiError('request-malformed', `The body does not fit. ${sentence}.`, {
    members: { errors },
  })
}

/** `quotes[1].price`, or `body` for the whole of it. */
function fieldOf(path: readonly PropertyKey[]): string {
  const field = path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
  return field === '' ? 'body' : field.replace(/^\./, '').slice(0, 100)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const what = text.trim() === '' ? 'The body is empty' : 'The body cannot be read as JSON'
    throw new ApiError('json-malformed', `${what}.`, { cause })
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (cause) {
    throw new ApiError('json-malformed', 'The body is not UTF-8.', { cause })
  }
}

/**
 * A request's body, byte for byte.
 *
 * @throws {ApiError} `body-too-large`, or `json-malformed` if it broke off.
 */
export async function bytesOf(request: Request, maxBytes: number): Promise<Uint8Array> {
  const mostReadBytes = maxBytes + maxDrainedBytes
  // Believed when it says too much; when it says little, the bytes themselves are counted.
  if (Number(request.headers.get('Content-Length') ?? 0) > mostReadBytes) throw tooLarge(maxBytes)
  const bytes = new Uint8Array(maxBytes)
  let length = 0
  try {
    for await (const chunk of chunksOf(request.body)) {
      if (length + chunk.byteLength <= maxBytes) bytes.set(chunk, length)
      length += chunk.byteLength
      if (length > mostReadBytes) break
    }
  } catch (cause) {
    throw new ApiError('json-malformed', 'The body broke off.', { cause })
  }
  if (length > maxBytes) throw tooLarge(maxBytes)
  return bytes.subarray(0, length)
}

async function* chunksOf(body: Request['body']): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader()
  if (reader === undefined) return
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    // What is left of a body that is too large is not waited for; nobody reads it.
    reader.cancel().catch(() => undefined)
  }
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError('body-too-large', `The body exceeds ${maxBytes} bytes.`)
}
