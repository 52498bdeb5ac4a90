/**
 * Requests that are signed with a shared secret, by HMAC-SHA256, and answers that are signed back
 * together with the request's nonce. The texts are made here, each under the name of its purpose, so
 * that no signature for one is any good for another; the platform's own HMAC is put over them.
 */

/** Header names, and what they hold. */
export const signedHeaders = {
  /** Unix milliseconds at the sender. */
  time: 'X-Chrono-Time',
  /** 32 hex digits, never used twice. */
  nonce: 'X-Chrono-Nonce',
  /** 64 hex digits. */
  signature: 'X-Chrono-Signature',
} as const

/** A request dated further away than this is refused; its nonce is remembered for twice as long. */
export const clockToleranceMs = 30_000

/** Shortest secret that is taken, characters. */
export const minSecretLength = 32

export type SignedRequest = {
  readonly method: string
  /** Path and query, beginning with a slash. */
  readonly path: string
  readonly timeMs: number
  readonly nonce: string
  /** SHA-256 of the body's bytes, 64 hex digits; of nothing where there is none. */
  readonly bodySha256: string
}

export type SignedAnswer = {
  readonly status: number
  /** That of the request. */
  readonly nonce: string
  readonly bodySha256: string
}

/** The text over which a request's signature is made. */
export function requestTextOf(purpose: string, request: SignedRequest): string {
  const { method, path, timeMs, nonce, bodySha256 } = request
  return [`${purpose}-request-v1`, method.toUpperCase(), path, timeMs, nonce, bodySha256].join('\n')
}

/** The text over which an answer's signature is made. */
export function answerTextOf(purpose: string, { status, nonce, bodySha256 }: SignedAnswer): string {
  return [`${purpose}-answer-v1`, status, nonce, bodySha256].join('\n')
}
