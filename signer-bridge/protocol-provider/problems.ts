/** Whatever a caller did wrong, as RFC 9457 has it; only a 200 is an answer to the client. */

import { OracleError } from '../../src/protocol/errors.ts'

/** Status and title by code. */
export const problems = {
  'request-malformed': [400, 'The request is malformed'],
  'key-missing': [401, 'An API key is required'],
  'key-unknown': [401, 'The API key is not valid'],
  'route-unknown': [404, 'No such resource'],
  'address-unknown': [404, 'Not an address of this provider'],
  'method-not-allowed': [405, 'The method is not allowed'],
  'body-not-allowed': [413, 'A question has no body'],
  'call-unused': [500, 'The protocol does not use this call'],
  'internal-error': [500, 'Something went wrong on our side'],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string]>>

export type ProblemCode = keyof typeof problems

/** An answer other than the one hoped for. Its message is the problem's `detail`. */
export class ProviderError extends OracleError<ProblemCode> {}

export function problemAnswer(code: ProblemCode, detail: string): Response {
  const [status, title] = problems[code]
  const type = `urn:problem-type:chrono:${code}`
  return new Response(JSON.stringify({ type, title, status, detail, code }), {
    status,
    headers: {
      ...closedHeaders,
      'Content-Type': 'application/problem+json',
      ...(status === 401 && { 'WWW-Authenticate': 'ApiKey header="X-API-Key"' }),
      ...(status === 405 && { Allow: 'GET' }),
    },
  })
}

/** No browser's page and no cache has any business with an answer. */
export const closedHeaders = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
} as const
