/** Which block is believed to be the latest, look by look: what the nodes tell, and what they told before. */

import type { EpochSchedule } from '../../src/protocol/epoch.ts'
import type { Log } from '../log.ts'
import type { Head } from '../timeline.ts'
import { ChainError } from './chain.ts'
import { headAmong, isPlausible, noveltyOf, onceAMinute, type SeenHead } from './head-choice.ts'
import { headOf, type Node } from './nodes.ts'
import { type Now, type Telling, timeLine, type Timing } from './time-line.ts'

export type Belief = Omit<Timing, 'line'> & {
  /** One of those given. */
  readonly head: Head
  /** The highest that a head which can be tells of: too low a fee costs a reveal, and what too high a one costs is bounded. */
  readonly baseFeeWei: bigint
}

/** What is believed of heads; `undefined` if none of them can be. */
export type Believing = (told: readonly Telling[]) => Belief | undefined

const clocks = (): Now => ({ steadyMs: performance.now(), wallMs: Date.now() })

/** Chooses among the nodes' heads by the one that was believed last, and by what they tell of the time. */
export function belief(
  log: Log,
  schedule: Pick<EpochSchedule, 'roundSec'>,
  nowOf: () => Now = clocks,
): Believing {
  const isTimeToSay = onceAMinute()
  const timingOf = timeLine(schedule)
  let seen: SeenHead | undefined
  return (told) => {
    const now = nowOf()
    const heads = told.map(({ head }) => head)
    const { line, ...timing } = timingOf(told, now)
    const head = headAmong(heads, seen, now, line)
    const plausible = heads.filter((one) => one === head || isPlausible(one, seen, now, line))
    for (const other of heads) {
      if (plausible.includes(other) || !isTimeToSay(now.steadyMs)) continue
      log({ event: 'head-ignored', number: other.number, stamp_sec: other.timestampSec })
    }
    if (head === undefined) return undefined
    const isJudged = line !== undefined
    if (noveltyOf(head, seen, now, isJudged) === 'new') seen = { head, atMs: now.steadyMs }
    const baseFeeWei = plausible.reduce(
      (most, one) => (one.baseFeeWei > most ? one.baseFeeWei : most),
      0n,
    )
    return { head, baseFeeWei, ...timing }
  }
}

/** @throws {ChainError} `chain-unreachable` */
export function beliefIn(found: Belief | undefined): Belief {
  if (found !== undefined) return found
  throw new ChainError('chain-unreachable', 'No node tells of a block that can be the latest.')
}

/** A node's head, and whose it is. */
export async function tellingOf(node: Node): Promise<Telling> {
  return { by: node, head: await headOf(node) }
}
