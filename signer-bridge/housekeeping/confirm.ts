/** Asks a person at the terminal for a yes; whoever is not there has not said it. */

import { createInterface } from 'node:readline/promises'
import { patienceMs, type Terminal } from '../prompt.ts'
import { HouseError } from './house-error.ts'

/**
 * Whether the person says yes, the whole word.
 *
 * @throws {HouseError} `terminal-missing` if nobody is there who could.
 */
export async function confirmed(question: string, { input, output }: Terminal): Promise<boolean> {
  if (input.isTTY !== true) {
    throw new HouseError('terminal-missing', 'Nobody is at a terminal to say yes: say --yes.')
  }
  const lines = createInterface({ input, output })
  try {
    const signal = AbortSignal.timeout(patienceMs)
    // Of a terminal that is closed (Ctrl-D, Ctrl-C) no answer ever comes.
    const closed = new Promise<string>((resolve) => {
      lines.once('close', () => resolve(''))
    })
    const answer = await Promise.race([lines.question(question, { signal }), closed])
    return answer.trim().toLowerCase() === 'yes'
  } catch {
    // An answer that does not come in time is none.
    return false
  } finally {
    lines.close()
  }
}
