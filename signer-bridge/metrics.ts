/** What is counted and measured, and the text of it that Prometheus reads. */

import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { type KeeperMetrics, keeperMetrics } from './keeper-metrics.ts'
import { type RootMetrics, rootMetrics } from './roots/root-metrics.ts'
import { type StateMetrics, stateMetrics } from './state-metrics.ts'
import type { Head } from './timeline.ts'

/** How far a round has come; each counts once a round. */
export type Stage =
  | 'frozen'
  | 'committed'
  /** The commit was told to another sender. */
  | 'handed-over'
  | 'revealed'
  | 'commit-missed'
  | 'commit-failed'
  | 'reveal-missed'

export type Metrics = {
  readonly stageReached: (stage: Stage) => void
  /** From the Worker's freeze to the commit's block, seconds. */
  readonly commitLanded: (sinceFreezeSec: number) => void
  /** From the reveal's block to the end of its window, seconds. */
  readonly revealLanded: (marginSec: number) => void
  readonly headSeen: (head: Pick<Head, 'number' | 'timestampSec'>, driftMs: number) => void
  readonly balanceSeen: KeeperMetrics['balanceSeen']
  readonly outboxSeen: (length: number) => void
  /** Whether this bridge has the lease, and whether another one was seen to have it. */
  readonly leaseSeen: (isHeld: boolean, isAnothers: boolean) => void
}

export type MetricsPage = Metrics &
  RootMetrics &
  KeeperMetrics &
  StateMetrics & { readonly text: () => Promise<string> }

/** What alerts go by. */
const askedFor: readonly Stage[] = ['committed', 'handed-over', 'revealed', 'reveal-missed']

const freezeToCommitBucketsSec = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20]
const marginBucketsSec = [0, 1, 2, 5, 10, 15, 20, 25, 30, 35, 40]

export function metricsPage(): MetricsPage {
  const registry = new Registry()
  const registers = [registry]
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `chrono_bridge_${name}`, help, registers })
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `chrono_bridge_${name}`, help, buckets, registers })

  const rounds = new Counter({
    name: 'chrono_bridge_rounds_total',
    help: 'Rounds by the stage that they reached.',
    labelNames: ['stage'],
    registers,
  })
  // A bridge that never committed stands still too, and what first appears with 1 has not increased.
  for (const stage of askedFor) rounds.inc({ stage }, 0)
  const sinceFreeze = histogram(
    'freeze_to_commit_seconds',
    "From the freeze of a vector to its commit's block.",
    freezeToCommitBucketsSec,
  )
  const margin = histogram(
    'reveal_margin_seconds',
    "From a reveal's block to the end of its window.",
    marginBucketsSec,
  )
  const outbox = gauge('outbox_length', 'Reports that the Worker has not acknowledged.')
  const headBlock = gauge('head_block', 'Number of the latest block seen.')
  const headStamp = gauge('head_timestamp_seconds', 'Stamp of the latest block seen, Unix time.')
  const drift = gauge('clock_drift_seconds', "How far this clock is ahead of the blocks'.")
  const lease = gauge('lease_held', '1 while this bridge holds the lease.')
  const standsBy = gauge('stands_by', '1 while another bridge is known to hold the lease.')
  const memory = gauge('resident_memory_bytes', 'Resident memory of the process.')

  return {
    ...rootMetrics(registers),
    ...keeperMetrics(registers),
    ...stateMetrics(registers),
    stageReached: (stage) => rounds.inc({ stage }),
    commitLanded: (seconds) => sinceFreeze.observe(seconds),
    revealLanded: (seconds) => margin.observe(seconds),
    headSeen: ({ number, timestampSec }, driftMs) => {
      headBlock.set(number)
      headStamp.set(timestampSec)
      drift.set(driftMs / 1_000)
    },
    outboxSeen: (length) => outbox.set(length),
    leaseSeen: (isHeld, isAnothers) => {
      lease.set(Number(isHeld))
      standsBy.set(Number(isAnothers))
    },
    text: () => {
      memory.set(process.memoryUsage.rss())
      return registry.metrics()
    },
  }
}
