/** Spans of time that an answer's headers tell of: a wait that is asked for, a stay in a cache. */

/** The longest ban that an exchange documents (Binance, 418) is three days. */
const longestWaitMs = 3 * 86_400_000

/** An older answer is of another day, however much older. */
const longestStayMs = 86_400_000

/**
 * `Retry-After`, written as seconds or as a date, milliseconds. Undefined where it is missing,
 * makes no sense, or asks for no wait at all: whoever refuses and means "at once" has not thought.
 *
 * @param nowMs When the answer came, Unix milliseconds.
 */
export function retryAfterOf(headers: Headers, nowMs: number): number | undefined {
  const text = headers.get('Retry-After')?.trim() ?? ''
  const spanMs = secondsIn(text) ?? Date.parse(text) - nowMs
  return spanMs > 0 ? Math.min(spanMs, longestWaitMs) : undefined
}

/**
 * How long an answer lay in a shared cache by the cache's own word (`Age`), milliseconds; 0 where
 * none tells. What nobody dates is that much older than its arrival.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#name-age
 */
export function cachedForMs(headers: Headers): number {
  return Math.min(secondsIn(headers.get('Age')?.trim() ?? '') ?? 0, longestStayMs)
}

function secondsIn(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) * 1_000 : undefined
}
