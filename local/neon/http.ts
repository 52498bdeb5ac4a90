/**
 * Neon's HTTP interface as its driver speaks it (1.2.0, seen 2026-11-22): `POST /sql` with one
 * statement, or with several for one transaction. What Postgres refuses is a 400 that holds
 * Postgres' own words; a database that is not there is a 503.
 */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import pg from 'pg'
import { z } from 'zod'
import { type BatchOptions, type Database, isIsolationLevel, statementSchema } from './database.ts'

/** Ten times what a large batch of quotes needs. */
const maxBodyBytes = 32 * 1024 * 1024

const requestSchema = z.union([z.object({ queries: z.array(statementSchema) }), statementSchema])

type Answer = { readonly status: number; readonly body: unknown }

/** Answers requests with what the database says. */
export function sqlListener(database: Database): RequestListener {
  return (request, response) => {
    answer(database, request).then(
      (given) => send(response, given),
      (error: unknown) => send(response, answerTo(error)),
    )
  }
}

async function answer(database: Database, request: IncomingMessage): Promise<Answer> {
  const path = request.url?.split('?', 1)[0]
  if (request.method !== 'POST' || path !== '/sql') return refusal(404, 'There is only POST /sql.')
  if (request.headers['neon-connection-string'] === undefined) {
    return refusal(400, 'The header Neon-Connection-String is missing.')
  }

  const text = await bodyOf(request)
  if (text === undefined) return refusal(413, `The request exceeds ${maxBodyBytes} bytes.`)
  const asked = requestSchema.safeParse(parseJson(text))
  if (!asked.success) return refusal(400, 'The body is no query.')

  const isArrayMode = isTrue(request, 'neon-array-mode')
  if (!('queries' in asked.data)) {
    return { status: 200, body: await database.run(asked.data, isArrayMode) }
  }
  const options = batchOptionsOf(request)
  if (options === undefined) return refusal(400, 'There is no such isolation level.')
  const results = await database.runBatch(asked.data.queries, isArrayMode, options)
  return { status: 200, body: { results } }
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  // The request stays open when we stop reading it, so that the refusal can still be sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const piece = Buffer.from(chunk)
    bytes += piece.length
    if (bytes > maxBodyBytes) return undefined
    chunks.push(piece)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What is not JSON is no query either, and is refused as such.
    return undefined
  }
}

function batchOptionsOf(request: IncomingMessage): BatchOptions | undefined {
  const level = request.headers['neon-batch-isolation-level']
  if (level !== undefined && (typeof level !== 'string' || !isIsolationLevel(level))) {
    return undefined
  }
  return {
    ...(level !== undefined && { isolationLevel: level }),
    isReadOnly: isTrue(request, 'neon-batch-read-only'),
    isDeferrable: isTrue(request, 'neon-batch-deferrable'),
  }
}

function isTrue(request: IncomingMessage, header: string): boolean {
  return request.headers[header] === 'true'
}

function answerTo(error: unknown): Answer {
  if (error instanceof pg.DatabaseError && !isOutage(error)) {
    const { length: _, name: __, ...fields } = error
    return { status: 400, body: { ...fields, message: error.message } }
  }
  return refusal(503, error instanceof Error ? error.message : String(error))
}

/** Connection exceptions, too many connections, shutting down, starting up. */
function isOutage({ code = '' }: pg.DatabaseError): boolean {
  return code.startsWith('08') || code.startsWith('53') || code.startsWith('57P')
}

function refusal(status: number, message: string): Answer {
  return { status, body: { message } }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 413 && { connection: 'close' }),
  })
  response.end(JSON.stringify(body))
}
