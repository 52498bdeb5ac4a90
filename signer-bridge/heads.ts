/** The latest block and the clock held against it: what "now" is to the loop. */

import { noveltyOf, onceAMinute, type SeenHead } from './chain/head-choice.ts'
import { clockCheck } from './clock.ts'
import type { Head, Moment } from './timeline.ts'
import type { World } from './world.ts'

export type Heads = {
  /** Looks for a newer block. A chain that cannot be asked is logged, and the old one kept. */
  readonly refresh: () => Promise<void>
  readonly moment: () => Moment
  readonly driftMs: () => number | undefined
}

type HeadsDeps = Pick<World, 'nowMs' | 'steadyMs' | 'log' | 'metrics'> & {
  readonly chain: Pick<World['chain'], 'head'>
}

export function headsOf({ nowMs, steadyMs, chain, log, metrics }: HeadsDeps): Heads {
  const clock = clockCheck()
  const isTimeToSay = onceAMinute()
  let seen: SeenHead | undefined
  let wasReachable = true
  let wasTrusted = true

  const note = (head: Head) => {
    const now = { steadyMs: steadyMs(), wallMs: nowMs() }
    const novelty = noveltyOf(head, seen, now, head.sureMs !== undefined)
    if (novelty === 'implausible' && isTimeToSay(now.steadyMs)) {
      log({ event: 'head-ignored', number: head.number, stamp_sec: head.timestampSec })
    }
    if (novelty !== 'new') return
    seen = { head, atMs: now.steadyMs }
    clock.note(head.timestampSec, nowMs())
    metrics.headSeen(head, clock.driftMs() ?? 0)
    if (clock.isTrusted() !== wasTrusted) {
      wasTrusted = clock.isTrusted()
      log({ event: wasTrusted ? 'clock-trusted' : 'clock-distrusted', drift_ms: clock.driftMs() })
    }
  }

  return {
    refresh: async () => {
      try {
        note(await chain.head())
        if (!wasReachable) log({ event: 'chain-reached' })
        wasReachable = true
      } catch (error) {
        if (wasReachable) log({ event: 'chain-lost', reason: String(error) })
        wasReachable = false
      }
    },
    moment: () => ({
      wallMs: nowMs(),
      isClockTrusted: clock.isTrusted(),
      sinceHeadMs: seen === undefined ? Number.POSITIVE_INFINITY : steadyMs() - seen.atMs,
      ...(seen !== undefined && { head: seen.head }),
    }),
    driftMs: clock.driftMs,
  }
}
