/** Replies of Redis or of its stand-in, made comparable. */

import type { RestReply } from './resp.ts'

/** A command, its arguments separated by blanks, and the result or the refusal that follows. */
export type Exchange = readonly [line: string, reply: unknown]

export type Conversation = { readonly name: string; readonly lines: readonly Exchange[] }

export type Refusal = { readonly refusal: string }

export function refused(refusal: string): Refusal {
  return { refusal }
}

/** The replies of a conversation as the REST interface puts them. */
export function repliesOf({ lines }: Conversation): readonly RestReply[] {
  return lines.map(([, reply]) => (isRefusal(reply) ? { error: reply.refusal } : { result: reply }))
}

/** The commands of a conversation, ready to be sent. */
export function linesOf({ lines }: Conversation): readonly (readonly string[])[] {
  return lines.map(([line]) => line.split(' '))
}

/**
 * The same replies without what may differ: keys are sorted, since their order means nothing, and
 * milliseconds to an end are tens of seconds, since time passes between two servers.
 */
export function comparable(
  lines: readonly (readonly string[])[],
  replies: readonly RestReply[],
): readonly RestReply[] {
  return replies.map((reply, i) =>
    'error' in reply ? reply : { result: comparableResult(lines[i]?.[0] ?? '', reply.result) },
  )
}

function comparableResult(name: string, result: unknown): unknown {
  if (name === 'PTTL' && typeof result === 'number' && result > 0) {
    return Math.ceil(result / 10_000)
  }
  if (name === 'KEYS') return sorted(result)
  if (name === 'SCAN' && Array.isArray(result)) return [result[0], sorted(result[1])]
  return result
}

function isRefusal(reply: unknown): reply is Refusal {
  return typeof reply === 'object' && reply !== null && 'refusal' in reply
}

function sorted(result: unknown): unknown {
  return Array.isArray(result) ? result.map(String).toSorted() : result
}
