/**
 * The way from a request to a parsed body, with everything on it that can go wrong named: no
 * connection, a block, a limit, a page of HTML, a body without end.
 */

import { ExchangeError, type ExchangeErrorCode, type ExchangeRequest } from './exchange.ts'
import { retryAfterOf } from './header-times.ts'

/** Whatever performs a request; the global `fetch` in the Worker. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>

export type FetchInit = {
  /** GET where there is none. */
  readonly method?: 'POST'
  readonly body?: string
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
  readonly headers: Headers
  /** How long it asks us to wait, milliseconds, where it does. */
  readonly retryAfterMs?: number
}

/** All markets of the largest exchange are 1.8 MB; beyond this it is no answer to our question. */
const maxBodyBytes = 4_000_000

const jsonType = /^(application|text)\/([\w.-]+\+)?json\b/i

/** What tickers begin with, under whatever name they are sent. A page begins otherwise. */
const jsonStart = /^\s*[[{]/

/**
 * The parsed JSON of an answer, whether it grants or refuses.
 *
 * @param baseUrl What the request's path is appended to.
 * @param signal Ends the request and the reading of its body, which is then `unreachable`, too.
 * @throws {ExchangeError} `unreachable`, `rate-limited`, `blocked-here`, `http-status`, `not-json`
 *   or `too-large`.
 */
export async function bodyOf(
  baseUrl: string,
  request: ExchangeRequest,
  { fetch, nowMs, signal }: { fetch: Fetch; nowMs: () => number; signal: AbortSignal },
): Promise<Body> {
  const response = await send(baseUrl + request.path, request, fetch, signal)
  const failure = failureOf(response, nowMs())
  if (failure) {
    // An unread body would keep its connection, of which an object has six.
    await response.body?.cancel().catch(() => {
      // The connection is gone already.
    })
    throw failure
  }

  const text = await textOf(response)
  const { ok, status, headers } = response
  const retryAfterMs = retryAfterOf(headers, nowMs())
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  return { value: jsonOf(text, response), ok, status, headers, ...wait }
}

/** Some servers call JSON a text or a page, so that it is the body's beginning which tells. */
function jsonOf(text: string, { status, headers }: Response): unknown {
  const type = typeOf(headers)
  if (!jsonType.test(type) && !jsonStart.test(text)) {
    throw new ExchangeError('not-json', `HTTP ${status}; the body is ${type}, not JSON.`)
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ExchangeError('not-json', 'The body looks like JSON and is not.', { cause })
  }
}

async function send(
  url: string,
  { headers, json }: ExchangeRequest,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<Response> {
  const isPost = json !== undefined
  try {
    return await fetch(url, {
      ...(isPost && { method: 'POST', body: JSON.stringify(json) }),
      headers: {
        Accept: 'application/json',
        'User-Agent': 'chrono-oracle/1.0',
        ...(isPost && { 'Content-Type': 'application/json' }),
        ...headers,
      },
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
  const type = typeOf(headers)
  const isJson = jsonType.test(type)

  const code = codeOf(status, isJson)
  if (code !== undefined) {
    const retryAfterMs = retryAfterOf(headers, nowMs)
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
    return new ExchangeError(code, `HTTP ${status}.`, wait)
  }
  if (!ok && !isJson) {
    return new ExchangeError('http-status', `HTTP ${status}; the body is ${type}, not JSON.`)
  }
  return Number(headers.get('Content-Length') ?? 0) > maxBodyBytes ? tooLarge() : undefined
}

function typeOf(headers: Headers): string {
  return (headers.get('Content-Type') ?? 'of no type').slice(0, 60)
}

/** What a status alone means; of a refusal that is JSON the exchange's own reader knows more. */
function codeOf(status: number, isJson: boolean): ExchangeErrorCode | undefined {
  if (status === 429 || status === 418) return 'rate-limited'
  // 451 is Binance's word for a place it does not serve; a 403 page is a content network's.
  if (status === 451 || (status === 403 && !isJson)) return 'blocked-here'
  if (status >= 500 || (status >= 300 && status < 400)) return 'http-status'
  return undefined
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
