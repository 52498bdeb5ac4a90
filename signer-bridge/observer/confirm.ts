/**
 * Has what one node said of blocks confirmed by another: a node that leaves out or alters a
 * transaction would have us sign a wrong root. Asked for are outlines only, some 5 kB a block. Where
 * two nodes differ all are asked, and what most of them say is read anew if it is not what was read.
 */

import type { Batch } from '../chain/batch.ts'
import type { Node } from '../chain/nodes.ts'
import { type Log, withoutEchoes } from '../log.ts'
import type { BlockBook } from '../observations/block-book.ts'
import type { ConfirmationBook, PendingBlock } from '../observations/confirmation-book.ts'
import { disputesOf } from './disputes.ts'
import { askingOver, type Said } from './outlines.ts'
import { type Run, runAt } from './runs.ts'
import { sourceOf } from './sources.ts'
import { mostAtOnce, type Witnesses, witnesses as witnessesOf } from './witnesses.ts'

export type ConfirmDeps = {
  readonly nodes: readonly Node[]
  readonly batch: Batch
  readonly blocks: Pick<BlockBook, 'cut'>
  readonly book: ConfirmationBook
  /** Never jumps. Milliseconds. */
  readonly steadyMs: () => number
  readonly log: Log
}

export type Confirmer = {
  /**
   * Asks about the next blocks, one request at a time.
   *
   * @param fromMs What is stamped from here on matters most: asked about first. Unix milliseconds.
   * @param sinceMs What is stamped before does not matter.
   * @returns Whether something was confirmed and nobody differs: then there may be more to ask.
   */
  readonly advance: (span: {
    readonly fromMs: number
    readonly sinceMs: number
  }) => Promise<boolean>
  /** The blocks that nodes differ about. */
  readonly contradicted: () => readonly PendingBlock[]
  /** Whether a node was found to say what no other does, not long ago. */
  readonly isAvoided: Witnesses['isAvoided']
}

export function confirmerOf(deps: ConfirmDeps): Confirmer {
  const { nodes, book, steadyMs } = deps
  const log = withoutEchoes(deps.log)
  const witnesses = witnessesOf(steadyMs)
  const ask = askingOver({ ...deps, witnesses, log })
  const disputes = disputesOf({ ...deps, ask, witnesses, log })
  const undisputed = (fromMs: number) =>
    book
      .pendingFrom(fromMs, mostAtOnce + disputes.blocks().length)
      .filter(({ number }) => !disputes.has(number))
  let wasUrgent = false

  return {
    contradicted: disputes.blocks,
    isAvoided: witnesses.isAvoided,
    advance: async ({ fromMs, sinceMs }) => {
      await disputes.goOn(sinceMs)
      // By turns: where blocks come faster than answers something is always urgent, and a round rests
      // on all that went before.
      const urgent = wasUrgent ? [] : undisputed(fromMs)
      wasUrgent = urgent.length > 0
      const due = wasUrgent ? urgent : undisputed(sinceMs)
      const others = nodes.filter(({ url }) => sourceOf(url) !== due[0]?.source)
      for (const node of witnesses.inOrder(others)) {
        const run = runAt(due, book.doubtsIn, witnesses.mostQuestions(node))
        if (run === undefined) break
        const words = await ask(node, run)
        if (words === undefined || words.every((word) => word === undefined)) continue
        const confirmed = confirmAgreed(book, run, words)
        const other = firstOther(run, words)
        if (other !== undefined) await disputes.raise(other, node)
        return confirmed > 0 && disputes.blocks().length === 0
      }
      return false
    },
  }
}

/** Keeps what is confirmed. @returns How many blocks that are. */
function confirmAgreed(
  book: Pick<ConfirmationBook, 'confirm'>,
  { pending }: Run,
  words: readonly Said[],
): number {
  const agreed = pending.filter(({ said }, place) => words[place] === said)
  const [first] = agreed
  const last = agreed.at(-1)
  if (first === undefined || last === undefined) return 0
  // Mostly all of a run: that is one write then.
  if (agreed.length === last.number - first.number + 1) book.confirm(first.number, last.number)
  else for (const { number } of agreed) book.confirm(number, number)
  return agreed.length
}

/** The first block of which something else is said. */
function firstOther({ pending }: Run, words: readonly Said[]): PendingBlock | undefined {
  return pending.find(({ said }, place) => words[place] !== undefined && words[place] !== said)
}
