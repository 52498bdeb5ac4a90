/** Replies as JSON, the way Upstash writes them: integers in full, strings perhaps in base64. */

import type { Reply } from './command.ts'

/** How the caller wants strings: as they are, or in base64 if it sent `Upstash-Encoding: base64`. */
export type StringEncoding = 'plain' | 'base64'

/** The JSON of a reply. Even in base64 an `OK` stays readable. */
export function encodeReply(reply: Reply, encoding: StringEncoding): string {
  if (typeof reply === 'string') {
    const isPlain = encoding === 'plain' || reply === 'OK'
    return isPlain ? JSON.stringify(reply) : `"${Buffer.from(reply).toString('base64')}"`
  }
  if (reply === null) return 'null'
  // JSON.stringify knows no bigint, and a number would lose digits of it.
  if (typeof reply === 'number' || typeof reply === 'bigint') return reply.toString()
  return `[${reply.map((item) => encodeReply(item, encoding)).join(',')}]`
}
