/**
 * How the Worker and an external collector know each other: requests and answers signed for this
 * purpose, with a secret for each collector, which it names in a header.
 */

import {
  answerTextOf,
  requestTextOf,
  type SignedAnswer,
  signedHeaders,
  type SignedRequest,
} from './signed-request.ts'

const purpose = 'chrono-ingest'

/** Header names, and what they hold. */
export const ingestHeaders = {
  ...signedHeaders,
  /** The collector's name, whose secret signs. */
  collector: 'X-Chrono-Collector',
} as const

export const ingestPath = '/internal/ingest'

/** The text over which a collector signs its request. */
export function ingestRequestText(request: SignedRequest): string {
  return requestTextOf(purpose, request)
}

/** The text over which the Worker signs its answer to a collector. */
export function ingestAnswerText(answer: SignedAnswer): string {
  return answerTextOf(purpose, answer)
}
