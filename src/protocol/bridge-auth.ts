/**
 * How the Worker and the bridge know each other: an HMAC-SHA256 with a shared secret over every
 * request, and over every answer together with the request's nonce. The texts are made here; the
 * platform's own HMAC is put over them on either side.
 */

/** Header names, and what they hold. */
export const bridgeHeaders = {
  /** Unix milliseconds at the sender. */
  time: 'X-Chrono-Time',
  /** 32 hex digits, never used twice. */
  nonce: 'X-Chrono-Nonce',
  /** 64 hex digits. */
  signature: 'X-Chrono-Signature',
} as const

/** A request dated further away than this is refused; its nonce is remembered for twice as long. */
export const bridgeClockToleranceMs = 30_000

/** Shortest secret that is taken, characters. */
export const minBridgeSecretLength = 32

export type SignedRequest = {
  readonly method: string
  /** Path and query, beginning with a slash. */
  readonly path: string
  readonly timeMs: number
  readonly nonce: string
  /** SHA-256 of the body's bytes, 64 hex digits; of nothing where there is none. */
  readonly bodySha256: string
}

/** The text over which a request's signature is made. */
export function requestText(request: SignedRequest): string {
  const { method, path, timeMs, nonce, bodySha256 } = request
  return ['chrono-bridge-request-v1', method.toUpperCase(), path, timeMs, nonce, bodySha256].join(
    '\n',
  )
}

/** The text over which an answer's signature is made; the nonce is that of the request. */
export function answerText(answer: {
  readonly status: number
  readonly nonce: string
  readonly bodySha256: string
}): string {
  return ['chrono-bridge-answer-v1', answer.status, answer.nonce, answer.bodySha256].join('\n')
}
