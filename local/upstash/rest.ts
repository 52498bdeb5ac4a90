/**
 * Upstash's REST interface without the HTTP around it: a path and a body in, a status and JSON out.
 *
 *     POST /            ["SET","a","1"]            {"result":"OK"}
 *     POST /pipeline    [["INCR","a"],["GET"]]     [{"result":2},{"error":"ERR …"}]
 *     POST /multi-exec  the same, at one instant; nothing runs if a line can be seen to be wrong
 *     GET  /set/a/1?EX=5                           {"result":"OK"}
 *
 * @see https://upstash.com/docs/redis/features/restapi (seen 2026-11-22)
 */

import type { Channels } from './channels.ts'
import { CommandError } from './command-error.ts'
import type { Database } from './command.ts'
import { commandOf, run } from './commands.ts'
import { encodeReply, type StringEncoding } from './encoding.ts'
import type { Keyspace } from './keyspace.ts'

export type Stores = { readonly keyspace: Keyspace; readonly channels: Channels }

export type RestRequest = {
  /** As on the request line, without the query. */
  readonly path: string
  readonly query: string
  readonly body: string
  readonly encoding: StringEncoding
}

export type RestAnswer = { readonly status: number; readonly json: string }

/** Most commands in one pipeline or transaction. */
export const maxLines = 10_000

/** The query's name for the token, which is no argument of the command. */
export const tokenParameter = '_token'

/** Answers one request. `now` is the clock in Unix milliseconds, read once a command. */
export function answer(stores: Stores, request: RestRequest, now: () => number): RestAnswer {
  try {
    const { path, encoding } = request
    if (path === '/pipeline') {
      const lines = linesOf(request.body)
      return ok(
        `[${lines.map((line) => item({ ...stores, nowMs: now() }, line, encoding)).join(',')}]`,
      )
    }
    if (path === '/multi-exec') {
      const lines = linesOf(request.body)
      const database = { ...stores, nowMs: now() }
      refuseUnlessAllCanRun(lines)
      return ok(`[${lines.map((line) => item(database, line, encoding)).join(',')}]`)
    }
    const line = path === '/' ? lineOf(parse(request.body)) : lineOfPath(request)
    return ok(result({ ...stores, nowMs: now() }, line, encoding))
  } catch (error) {
    if (error instanceof CommandError) return { status: 400, json: errorJson(error.message) }
    throw error
  }
}

export function errorJson(message: string): string {
  return JSON.stringify({ error: message })
}

function ok(json: string): RestAnswer {
  return { status: 200, json }
}

function result(database: Database, line: readonly string[], encoding: StringEncoding): string {
  return `{"result":${encodeReply(run(database, line), encoding)}}`
}

/** A line's place in the answer of a pipeline: one that is refused costs only itself. */
function item(database: Database, line: readonly string[], encoding: StringEncoding): string {
  try {
    return result(database, line, encoding)
  } catch (error) {
    if (error instanceof CommandError) return errorJson(error.message)
    throw error
  }
}

function refuseUnlessAllCanRun(lines: readonly (readonly string[])[]): void {
  for (const line of lines) {
    try {
      commandOf(line)
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      throw new CommandError('EXECABORT Transaction discarded because of previous errors.')
    }
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    if (error instanceof SyntaxError) throw new CommandError('ERR failed to parse command: no JSON')
    throw error
  }
}

function linesOf(body: string): readonly (readonly string[])[] {
  const lines = parse(body)
  if (!Array.isArray(lines)) throw new CommandError('ERR failed to parse pipeline: no array')
  if (lines.length === 0) throw new CommandError('ERR empty pipeline request')
  if (lines.length > maxLines) throw new CommandError(`ERR more than ${maxLines} commands`)
  return lines.map(lineOf)
}

/** Numbers and truth values count as their spellings, since clients send them unquoted. */
function lineOf(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new CommandError('ERR failed to parse command: no array')
  }
  return value.map((part: unknown) => {
    if (typeof part === 'string') return part
    if (typeof part === 'number' || typeof part === 'boolean') return String(part)
    throw new CommandError('ERR failed to parse command: an argument is neither text nor number')
  })
}

/** `/set/a` with the body `1` and the query `EX=5` is `SET a 1 EX 5`. */
function lineOfPath({ path, query, body }: RestRequest): readonly string[] {
  const options = [...new URLSearchParams(query)]
    .filter(([name]) => name !== tokenParameter)
    .flatMap(([name, value]) => (value === '' ? [name] : [name, value]))
  return [...pathParts(path), ...(body === '' ? [] : [body]), ...options]
}

/**
 * The parts of a path, unescaped.
 *
 * @throws {CommandError} if an escape is broken.
 */
export function pathParts(path: string): readonly string[] {
  try {
    return path.slice(1).split('/').map(decodeURIComponent)
  } catch (error) {
    if (error instanceof URIError) throw new CommandError('ERR failed to parse command: bad escape')
    throw error
  }
}
