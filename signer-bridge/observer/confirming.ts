/**
 * The confirmation of blocks as the observer offers it: which of them are due, and what is known of a
 * round. With one node there is nobody to ask, and all that it says stands.
 */

import { benchingRounds } from '../../src/protocol/benching.ts'
import { votingRoundAt, votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { timetableMs } from '../../src/protocol/timetable.ts'
import type { Network } from '../../src/protocol/networks.ts'
import type { Batch } from '../chain/batch.ts'
import type { Node } from '../chain/nodes.ts'
import type { Log } from '../log.ts'
import type { Observations } from '../observations/observations.ts'
import type { Pace } from '../pace.ts'
import type { BlockReaderDeps } from './block-reader.ts'
import { confirmerOf } from './confirm.ts'
import { neededRounds } from './follow.ts'
import type { Observer } from './observer.ts'

type Confirming = Pick<Observer, 'confirm' | 'confirmationOf'> & {
  /** What it asks of whoever reads the blocks. */
  readonly reader: Pick<BlockReaderDeps, 'confirmation' | 'isAvoided'>
  /** Whether there is nobody to confirm anything: then all that the one node says stands. */
  readonly isAlone: () => boolean
}

export type ConfirmingDeps = {
  readonly network: Network
  readonly nodes: readonly Node[]
  readonly observations: Pick<Observations, 'blocks' | 'confirmations'>
  readonly batch: Batch
  readonly pace: Pick<Pace, 'pollMs'>
  /** Never jumps; this machine's own if it is not given. Milliseconds. */
  readonly steadyMs?: () => number
  readonly log: Log
}

/** The block before the first that is needed lies in a round before: that one is asked about too. */
const askedRounds = neededRounds + 1

/** The round in progress, the one whose root is due, and the block before its first. */
const urgentRounds = 2

export function confirming(deps: ConfirmingDeps): Confirming {
  const { network, nodes, observations, batch, pace, log } = deps
  const { steadyMs = () => performance.now() } = deps
  const { schedule, chainId } = network
  const { blocks, confirmations: book } = observations
  const confirmer = confirmerOf({ nodes, batch, blocks, book, steadyMs, log })
  let hasOthers = false
  /** Once there were several nodes, one of them alone is not believed any more. */
  const isAlone = () => {
    if (hasOthers || new Set(nodes.map(({ url }) => url)).size < 2) return !hasOthers
    hasOthers = true
    // They were read when there was one node only, and nobody can say what it said.
    if (book.hasWordless()) blocks.clear()
    return false
  }

  return {
    isAlone,
    reader: {
      confirmation: () => (isAlone() ? undefined : { chainId }),
      isAvoided: confirmer.isAvoided,
    },
    confirm: async () => {
      if (isAlone()) return pace.pollMs * 2
      const last = blocks.last()
      if (last === undefined) return pace.pollMs * 2
      const round = votingRoundAt(schedule, last.timestampSec * 1_000)
      const isGoingOn = await confirmer.advance({
        fromMs: votingRoundStartMs(schedule, round - urgentRounds),
        sinceMs: votingRoundStartMs(schedule, round - askedRounds),
      })
      return isGoingOn ? 0 : pace.pollMs * 2
    },
    confirmationOf: (votingRoundId) => {
      if (isAlone()) return 'confirmed'
      // What went before decides too: whoever is benched has no part in the random.
      const fromMs = votingRoundStartMs(schedule, votingRoundId - benchingRounds)
      const nextMs = votingRoundStartMs(schedule, votingRoundId + 1)
      const span = { fromMs, beforeMs: nextMs + timetableMs(schedule).revealDeadline }
      const isDisputed = confirmer.contradicted().some(({ number }) => book.isOf(span, number))
      if (isDisputed) return 'contradicted'
      return book.isConfirmed(span) ? 'confirmed' : 'awaited'
    },
  }
}
