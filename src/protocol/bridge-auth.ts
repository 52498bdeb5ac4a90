/** How the Worker and the bridge know each other: requests and answers signed for this purpose. */

import {
  answerTextOf,
  clockToleranceMs,
  minSecretLength,
  requestTextOf,
  type SignedAnswer,
  signedHeaders,
  type SignedRequest,
} from './signed-request.ts'

const purpose = 'chrono-bridge'

/** Header names, and what they hold. */
export const bridgeHeaders = signedHeaders

/** A request dated further away than this is refused; its nonce is remembered for twice as long. */
export const bridgeClockToleranceMs = clockToleranceMs

/** Shortest secret that is taken, characters. */
export const minBridgeSecretLength = minSecretLength

/** The text over which a request's signature is made. */
export function requestText(request: SignedRequest): string {
  return requestTextOf(purpose, request)
}

/** The text over which an answer's signature is made; the nonce is that of the request. */
export function answerText(answer: SignedAnswer): string {
  return answerTextOf(purpose, answer)
}
