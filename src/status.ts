/** The state of the house, put together from those who know a part of it. */

import type { ThinFeed } from './catalogue/problems.ts'
import type { Settings } from './config.ts'
import type { BridgePresence } from './core/bridge-presence.ts'
import { withDeadline } from './deadline.ts'
import { votingRoundAt, votingRoundStartMs } from './protocol/epoch.ts'
import type { SourceStatus, Status, TickStatus } from './protocol/status.ts'

export type StatusDeps = {
  readonly settings: Settings
  readonly feeds: number
  readonly thinFeeds: readonly ThinFeed[]
  readonly nowMs: () => number
  readonly pingCache: () => Promise<void>
  readonly pingHistory: () => Promise<void>
  readonly sources: () => Promise<readonly SourceStatus[]>
  readonly ticks: () => Promise<TicksReport>
  readonly bridge: (nowMs: number) => Promise<BridgePresence | undefined>
}

type TicksReport = {
  readonly completed: number
  readonly died: number
  readonly skipped: number
  readonly doubled: number
  readonly quotesAccepted: number
  readonly quotesLost: number
  readonly quotesRefused: number
  readonly intervalsChecked: number
  readonly intervalsHeld: number
  readonly recent: readonly TickStatus[]
}

/** An answer serves all who ask within this long: asking costs stores a round trip. */
const heldMs = 2_000

/** While a new one is made, the last answer serves the others until it is this old. */
const lastServesMs = 30_000

/** A telling that began longer ago will not end: its invocation has. Longer than any part may take. */
const tellingMs = 10_000

/** A store that is up answers a ping in a tenth of this. */
const pingWithinMs = 1_000

/** A tick that has been over for this many intervals is missed by now. */
const missedAfterTicks = 3

/**
 * A function that tells the state, at most once in two seconds anew. While stores are silent a
 * telling takes its time; whoever asks meanwhile is given the last one, which says when it was made.
 *
 * That one is under way is an instant and not a promise: an invocation may be ended before it can
 * tell, and another must not wait for it.
 */
export function statusTeller(deps: StatusDeps): () => Promise<Status> {
  let held: Status | undefined
  let begunAtMs = Number.NEGATIVE_INFINITY

  return async () => {
    const nowMs = deps.nowMs()
    const isUnderWay = nowMs - begunAtMs < tellingMs
    if (held !== undefined && nowMs - held.served_at < (isUnderWay ? lastServesMs : heldMs)) {
      return held
    }
    begunAtMs = nowMs
    try {
      held = await statusOf(deps)
      return held
    } finally {
      begunAtMs = Number.NEGATIVE_INFINITY
    }
  }
}

async function statusOf(deps: StatusDeps): Promise<Status> {
  const { network, mode, tickMs } = deps.settings
  const [cache, history, sources, ticks, bridge] = await Promise.all([
    storeStatus(deps.pingCache(), 'The cache'),
    storeStatus(deps.pingHistory(), 'The database'),
    deps.sources(),
    // Without the book there is nothing to tell of ticks, which is worth telling by itself.
    deps.ticks().catch(() => undefined),
    // Nor does a memory that is away make anybody silent.
    deps.bridge(deps.nowMs()).catch(() => undefined),
  ])
  const nowMs = deps.nowMs()
  const round = votingRoundAt(network.schedule, nowMs)
  const startedAtMs = votingRoundStartMs(network.schedule, round)
  const lastTick = ticks?.recent.find(({ state }) => state === 'completed')
  const isTicking = lastTick !== undefined && nowMs - lastTick.at <= missedAfterTicks * tickMs
  return {
    mode,
    network: network.name,
    served_at: nowMs,
    degraded:
      !cache.ok ||
      !history.ok ||
      !isTicking ||
      bridge?.isSilent === true ||
      !sources.every(({ ok }) => ok),
    round: {
      id: round,
      started_at: startedAtMs,
      ends_at: votingRoundStartMs(network.schedule, round + 1),
      seconds: network.schedule.roundSec,
    },
    tick_seconds: tickMs / 1_000,
    feeds: deps.feeds,
    thin_feeds: deps.thinFeeds,
    stores: { cache, history },
    ...(ticks === undefined ? {} : { ticks: ticksTold(ticks) }),
    ...(bridge === undefined
      ? {}
      : {
          bridge: {
            heard_at: bridge.heardAtMs,
            silent: bridge.isSilent,
            standbys: bridge.standbys,
          },
        }),
    sources,
  }
}

function ticksTold(ticks: TicksReport): NonNullable<Status['ticks']> {
  return {
    completed: ticks.completed,
    died: ticks.died,
    skipped: ticks.skipped,
    doubled: ticks.doubled,
    quotes_accepted: ticks.quotesAccepted,
    quotes_lost: ticks.quotesLost,
    quotes_refused: ticks.quotesRefused,
    intervals_checked: ticks.intervalsChecked,
    intervals_held: ticks.intervalsHeld,
    recent: ticks.recent,
  }
}

async function storeStatus(
  answering: Promise<void>,
  name: string,
): Promise<{ ok: boolean; error?: string }> {
  try {
    await withDeadline(answering, pingWithinMs, name)
    return { ok: true }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) }
  }
}
