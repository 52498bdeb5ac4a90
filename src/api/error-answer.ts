/**
 * The one place that turns errors into answers: problem details as RFC 9457 has them. What we did
 * not foresee is told as no more than a number, under which the log has the rest.
 */

import { OracleError } from '../protocol/errors.ts'
import type { Problem } from '../protocol/wire.ts'
import { type ApiContext, baseHeaders, callerHeaders } from './answer.ts'
import { hexOf, withoutPathKey } from './credentials.ts'
import type { ApiDeps } from './deps.ts'
import { ApiError, isProblemCode, problems } from './problem.ts'

const incidentBytes = 8

/** Longest message and stack that an unforeseen error leaves in the log, in characters. */
const maxLoggedMessage = 300
const maxLoggedStack = 2_000

type Needs = Pick<ApiDeps, 'settings' | 'nowMs' | 'randomBytes' | 'log'>

/** What a client is told of an error. */
export function errorAnswer(deps: Needs): (error: Error, context: ApiContext) => Response {
  const base = { ...baseHeaders(deps.settings.mode), 'Cache-Control': 'no-store' }

  return (error, context) => {
    const caller = context.get('caller')
    const { status, text, headers } = problemTold(deps, error, context)
    return new Response(text, {
      status,
      headers: {
        ...base,
        'Content-Type': problemType,
        ...(status === 401 && { 'WWW-Authenticate': 'ApiKey header="X-API-Key"' }),
        ...(caller !== undefined && callerHeaders(caller, deps.nowMs())),
        ...headers,
      },
    })
  }
}

export const problemType = 'application/problem+json'

/** An error as a problem document, and the headers of its own. What we did not foresee is logged. */
export function problemTold(deps: Needs, error: Error, context: ApiContext) {
  const told = foreseen(error) ?? unforeseen(deps, error, context)
  const [status, title] = problems[told.code]
  const problem: Problem = {
    type: `urn:problem-type:chrono:${told.code}`,
    title,
    status,
    detail: told.message,
    code: told.code,
  }
  return { status, text: JSON.stringify({ ...problem, ...told.members }), headers: told.headers }
}

function foreseen(error: Error): ApiError | undefined {
  if (error instanceof ApiError) return error
  if (!(error instanceof OracleError) || !isProblemCode(error.code)) return undefined
  return new ApiError(error.code, error.message)
}

function unforeseen(deps: Needs, error: Error, { req }: ApiContext): ApiError {
  const incident = hexOf(deps.randomBytes(incidentBytes))
  deps.log({
    event: 'request-failed',
    incident,
    mode: deps.settings.mode,
    method: req.method,
    path: withoutSecrets(withoutPathKey(req.path)).slice(0, maxLoggedMessage),
    name: error.name,
    code: error instanceof OracleError ? error.code : undefined,
    reason: withoutSecrets(error.message).slice(0, maxLoggedMessage),
    stack: withoutSecrets(error.stack ?? '').slice(0, maxLoggedStack),
  })
  return new ApiError('internal-error', `If you report this, name incident ${incident}.`, {
    members: { incident },
  })
}

/** Other people's messages may quote a key, or an address with a password in it. */
function withoutSecrets(text: string): string {
  return text.replaceAll(/chrono_[\w-]+/g, 'chrono_…').replaceAll(/:\/\/[^@\s/]+@/g, '://…@')
}
