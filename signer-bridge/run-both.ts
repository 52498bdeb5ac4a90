/**
 * The loop of rounds and that of roots beside each other: neither outlives the other for longer than what
 * it owes takes.
 */

import type { RootsLoop } from './roots/root-loop.ts'
import type { Loop } from './run.ts'

/**
 * Runs both loops. However that of rounds ends, the other is told, or it would go on for ever: only then
 * is it known which roots are owed. When that of roots fails, that of rounds is told, and first does what
 * it owes.
 *
 * @throws What failed first in the loop of rounds, or else in that of roots.
 */
export async function runBoth(loop: Pick<Loop, 'run' | 'stop'>, roots: RootsLoop): Promise<void> {
  const rooted = roots.run()
  // Handled at once: a rejection that nobody hears ends the process, with a reveal owed.
  rooted.catch(() => loop.stop())
  try {
    await loop.run()
  } finally {
    roots.end()
  }
  await rooted
}
