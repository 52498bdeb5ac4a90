/** What is counted and measured of roots. */

import { Counter, Histogram, type Registry } from 'prom-client'
import type { Verdict } from './self-check.ts'

/** How far a round's root has come; each counts once a round. */
export type RootStage =
  | 'signed'
  | 'sent'
  | 'included'
  | 'refused'
  | 'conflict'
  | 'finalised-first'
  | 'missed'

export type RootMetrics = {
  readonly rootReached: (stage: RootStage) => void
  /** The same of a companion's root. */
  readonly companionReached: (protocolId: number, stage: RootStage) => void
  /** From the reveal deadline to the block that holds the signature, seconds. */
  readonly rootIncluded: (sinceDeadlineSec: number) => void
  readonly rootChecked: (verdict: Verdict) => void
}

/** The grace period ends at 15, the window at 45. */
const sinceDeadlineBucketsSec = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 45]

export function rootMetrics(registers: Registry[]): RootMetrics {
  const roots = new Counter({
    name: 'chrono_bridge_roots_total',
    help: 'Rounds by the stage that their root reached.',
    labelNames: ['stage'],
    registers,
  })
  const companions = new Counter({
    name: 'chrono_bridge_companion_roots_total',
    help: "Rounds by the stage that a companion's root reached.",
    labelNames: ['protocol', 'stage'],
    registers,
  })
  const checks = new Counter({
    name: 'chrono_bridge_root_checks_total',
    help: 'Rounds by how our root compares with the one that was made final.',
    labelNames: ['verdict'],
    registers,
  })
  const sinceDeadline = new Histogram({
    name: 'chrono_bridge_root_inclusion_seconds',
    help: 'From the reveal deadline to the block that holds our signature.',
    buckets: sinceDeadlineBucketsSec,
    registers,
  })
  return {
    rootReached: (stage) => roots.inc({ stage }),
    companionReached: (protocol, stage) => companions.inc({ protocol, stage }),
    rootIncluded: (seconds) => sinceDeadline.observe(seconds),
    rootChecked: (verdict) => checks.inc({ verdict }),
  }
}
