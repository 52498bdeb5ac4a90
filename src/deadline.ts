/** A deadline for an await on something that takes none itself, such as a call of an object. */

import { OracleError } from './protocol/errors.ts'

export class DeadlineError extends OracleError<'timed-out'> {}

/**
 * What `work` resolves to, if it does in time. The work itself goes on; its outcome is ignored.
 *
 * @throws {DeadlineError} `timed-out`, naming `what`, after `ms` milliseconds.
 */
export async function withDeadline<P extends Promise<unknown>>(
  work: P,
  ms: number,
  what: string,
): Promise<Awaited<P>> {
  let timer: ReturnType<typeof setTimeout> | null = null
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DeadlineError('timed-out', `${what} took longer than ${ms} ms.`))
    }, ms)
  })
  try {
    return await Promise.race([work, expiry])
  } finally {
    if (timer !== null) clearTimeout(timer)
  }
}
