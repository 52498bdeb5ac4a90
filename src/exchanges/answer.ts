/**
 * The way from a request to a parsed body, with everything on it that can go wrong named: no
 * connection, a block, a limit, a page of HTML, a body without end.
 */

import { ExchangeError, type ExchangeErrorCode } from './exchange.ts'

/** Whatever performs a request; the global `fetch` in the Worker. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>

export type FetchInit = {
  readonly headers: Record<string, string>
  readonly redirect: 'manual'
  readonly cache: 'no-store'
  readonly signal: AbortSignal
}

export type Body = {
  readonly value: unknown
  /** Whether the status was a success. A refusal may be JSON, too, and says more than its status. */
  readonly ok: boolean
  readonly status: number
}

/** All markets of the largest exchange are 1.8 MB; beyond this it is no answer to our question. */
const maxBodyBytes = 4_000_000

/** The longest ban that an exchange documents (Binance, 418) is three days. */
const maxRetryAfterMs = 3 * 86_400_000

const jsonType = /^(application|text)\/([\w.-]+\+)?json\b/i

/**
 * The parsed JSON of an answer, whether it grants or refuses.
 *
 * @param signal Ends the request and the reading of its body, which is then `unreachable`, too.
 * @throws {ExchangeError} `unreachable`, `rate-limited`, `blocked-here`, `http-status`, `not-json`
 *   or `too-large`.
 */
export async function bodyOf(
  url: string,
  headers: Readonly<Record<string, string>>,
  { fetch, nowMs, signal }: { fetch: Fetch; nowMs: () => number; signal: AbortSignal },
): Promise<Body> {
  const response = await send(url, headers, fetch, signal)
  const failure = failureOf(response, nowMs())
  if (failure) {
    // An unread body would keep its connection, of which an object has six.
    await response.body?.cancel().catch(() => {
      // The connection is gone already.
    })
    throw failure
  }

  const text = await textOf(response)
  try {
    return { value: JSON.parse(text), ok: response.ok, status: response.status }
  } catch (cause) {
    throw new ExchangeError('not-json', 'The body says it is JSON and is not.', { cause })
  }
}

async function send(
  url: string,
  headers: Readonly<Record<string, string>>,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await fetch(url, {
      headers: { Accept: 'application/json', 'User-Agent': 'chrono-oracle/1.0', ...headers },
      // An exchange's data does not move; a redirect leads to a login or a regional page.
      redirect: 'manual',
      cache: 'no-store',
      signal,
    })
  } catch (cause) {
    throw new ExchangeError('unreachable', 'No answer came back.', { cause })
  }
}

/** What the head of a response already says is wrong with it. */
function failureOf({ status, headers, ok }: Response, nowMs: number): ExchangeError | undefined {
  const type = headers.get('Content-Type') ?? 'of no type'
  const isJson = jsonType.test(type)

  const code = codeOf(status, isJson)
  if (code !== undefined) {
    const retryAfterMs = retryAfterOf(headers.get('Retry-After'), nowMs)
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
    return new ExchangeError(code, `HTTP ${status}.`, wait)
  }
  if (!isJson) {
    const message = `HTTP ${status}; the body is ${type.slice(0, 60)}, not JSON.`
    return new ExchangeError(ok ? 'not-json' : 'http-status', message)
  }
  return Number(headers.get('Content-Length') ?? 0) > maxBodyBytes ? tooLarge() : undefined
}

/** What a status alone means; of a refusal that is JSON the exchange's own reader knows more. */
function codeOf(status: number, isJson: boolean): ExchangeErrorCode | undefined {
  if (status === 429 || status === 418) return 'rate-limited'
  // 451 is Binance's word for a place it does not serve; a 403 page is a content network's.
  if (status === 451 || (status === 403 && !isJson)) return 'blocked-here'
  if (status >= 500 || (status >= 300 && status < 400)) return 'http-status'
  return undefined
}

/** `Retry-After` as a span: it is written as seconds or as a date. */
function retryAfterOf(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined
  const spanMs = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - nowMs
  return Number.isNaN(spanMs) ? undefined : Math.min(Math.max(spanMs, 0), maxRetryAfterMs)
}

async function textOf(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return text + decoder.decode()
      const chunk: Uint8Array = value
      bytes += chunk.byteLength
      if (bytes > maxBodyBytes) throw tooLarge()
      text += decoder.decode(chunk, { stream: true })
    }
  } catch (cause) {
    // Not awaited: a body that hangs may never acknowledge.
    reader.cancel().catch(() => {
      // The connection is gone already.
    })
    if (cause instanceof ExchangeError) throw cause
    throw new ExchangeError('unreachable', 'The answer broke off.', { cause })
  }
}

function tooLarge(): ExchangeError {
  return new ExchangeError('too-large', `The body is over ${maxBodyBytes} bytes.`)
}
