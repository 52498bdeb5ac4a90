/** Asks a person for a secret at the terminal; what is typed is not shown. */

import { createInterface } from 'node:readline/promises'
import type { Readable } from 'node:stream'
import { Writable } from 'node:stream'
import { SettingsError } from './settings-error.ts'

/**
 * Whoever has started something is there: what nobody attends does not hang for ever, and what was shown
 * is old after it. Milliseconds.
 */
export const patienceMs = 300_000

export type Terminal = {
  readonly input: Readable & { readonly isTTY?: boolean }
  readonly output: Writable
}

/**
 * @throws {SettingsError} `secret-unreadable` if nobody is there who could answer, or answers in time.
 */
export async function askHidden(question: string, { input, output }: Terminal): Promise<string> {
  if (input.isTTY !== true) {
    throw new SettingsError(
      'secret-unreadable',
      'A password is asked for, and there is no terminal.',
    )
  }
  // The line editor echoes what is typed to its output, which therefore leads nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: nowhere, terminal: true })
  try {
    output.write(question)
    return await lines.question('', { signal: AbortSignal.timeout(patienceMs) })
  } catch (cause) {
    throw new SettingsError('secret-unreadable', 'Nobody gave the password.', { cause })
  } finally {
    lines.close()
    output.write('\n')
  }
}
