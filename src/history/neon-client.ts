/**
 * One statement, one HTTP request to Neon, one deadline. Stateless: nothing is held open between
 * calls, so that a Worker may share it among its requests. What goes wrong leaves as a
 * `HistoryError`.
 */

import { NeonDbError, neon, neonConfig } from '@neondatabase/serverless'
import { HistoryError, type HistoryErrorCode } from './history-error.ts'

export type NeonSettings = {
  /** User, host and database are needed; the password stays out of every error. */
  readonly databaseUrl: string
  /** Where statements go instead of Neon: a local stand-in. Absent in production. */
  readonly fetchEndpoint?: string
  /** How long one statement may take, milliseconds. */
  readonly timeoutMs?: number
}

export type Row = Readonly<Record<string, unknown>>

/** @throws {HistoryError} whenever there are no rows to return. */
export type NeonQuery = (text: string, params?: readonly unknown[]) => Promise<readonly Row[]>

/** A suspended Neon compute needs a second or two to wake; a tick has 30. */
const defaultTimeoutMs = 8_000

/** Longest piece of another's message that is passed on, characters. */
const maxReasonLength = 200

/**
 * A function that runs statements on the database that the settings name.
 *
 * @throws {HistoryError} `history-misconfigured` if the URL names no database.
 */
export function neonQuery(settings: NeonSettings): NeonQuery {
  const { databaseUrl, fetchEndpoint, timeoutMs = defaultTimeoutMs } = settings
  const url = databaseAddress(databaseUrl)
  if (fetchEndpoint !== undefined) redirect(url.hostname, fetchEndpoint)

  const sql = neon(databaseUrl, { disableWarningInBrowsers: true })
  const secrets = [databaseUrl, url.password, decodeURIComponent(url.password)]

  return async (text, params = []) => {
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      return await sql.query(text, [...params], { fetchOptions: { signal } })
    } catch (error) {
      if (signal.aborted) {
        throw new HistoryError('history-timed-out', `Neon did not answer within ${timeoutMs} ms.`)
      }
      throw historyErrorOf(error, secrets)
    }
  }
}

function databaseAddress(databaseUrl: string): URL {
  const url = URL.canParse(databaseUrl) ? new URL(databaseUrl) : undefined
  const isPostgres = url?.protocol === 'postgres:' || url?.protocol === 'postgresql:'
  if (!isPostgres || !url.username || !url.hostname || url.pathname.length < 2) {
    throw new HistoryError(
      'history-misconfigured',
      'The database URL is none; one looks like postgres://user:password@host/database.',
    )
  }
  return url
}

/** Hosts whose statements go elsewhere. One entry a stand-in; empty in production. */
const endpointByHost = new Map<string, string>()

/**
 * The driver knows only one address rule for the whole isolate (`neonConfig`, version 1.2.0), so the
 * rule is replaced at the first redirection and sends every other host where it went before.
 */
function redirect(host: string, endpoint: string): void {
  if (endpointByHost.size === 0) {
    const standard = neonConfig.fetchEndpoint
    neonConfig.fetchEndpoint = (asked, port, options) =>
      endpointByHost.get(asked) ??
      (typeof standard === 'string' ? standard : standard(asked, port, options))
  }
  endpointByHost.set(host, endpoint)
}

/**
 * No `cause` is kept: the driver's errors hold requests and addresses, and whatever holds them ends
 * in a log one day.
 */
function historyErrorOf(error: unknown, secrets: readonly string[]): HistoryError {
  const reason = withoutSecrets(error instanceof Error ? error.message : String(error), secrets)
  if (!(error instanceof NeonDbError) || error.code === undefined) {
    return new HistoryError('history-unreachable', `Neon gave no answer: ${reason}`)
  }
  const { code: sqlState, constraint } = error
  return new HistoryError(codeOf(sqlState), `Postgres said ${sqlState}: ${reason}`, {
    sqlState,
    ...(constraint !== undefined && { constraint }),
  })
}

/** @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
function codeOf(sqlState: string): HistoryErrorCode {
  if (sqlState === '57014') return 'history-timed-out'
  switch (sqlState.slice(0, 2)) {
    case '22': // data exception
    case '23': // integrity constraint violation
      return 'history-refused'
    case '08': // connection exception
    case '53': // insufficient resources
    case '57': // operator intervention: shutting down, starting up
      return 'history-unreachable'
    default:
      return 'history-failed'
  }
}

/** A safety net: no message of the driver is known to hold a secret once the URL is sound. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  const clean = secrets
    .filter((secret) => secret !== '')
    .reduce((safe, secret) => safe.replaceAll(secret, '…'), text)
  return clean.slice(0, maxReasonLength)
}
