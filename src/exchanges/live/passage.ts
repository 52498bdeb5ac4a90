/**
 * A socket's machine as data, and its passages from one phase to another: connecting, lost,
 * replaced, at rest. When each of them is due is decided elsewhere.
 */

import type { LiveEffect, LiveEnd, Moment } from './event.ts'
import type { LiveExchange } from './live-exchange.ts'
import type { Liveness } from './liveness.ts'
import { type LiveRules, waitMsAfter } from './rules.ts'
import { noSubscriptions, type Subscriptions } from './subscriptions.ts'

export type Open = { readonly kind: 'open'; readonly liveness: Liveness; readonly nextId: number }

type Phase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly untilMs: number }
  | Open
  | { readonly kind: 'waiting'; readonly untilMs: number }

export type LiveMachine = {
  readonly phase: Phase
  /** The number of the socket that counts. */
  readonly connection: number
  /** Connections that have opened. */
  readonly opened: number
  /** Connections in a row that did not last. */
  readonly failures: number
  readonly subscriptions: Subscriptions
  /** When somebody last wanted its tickers, Unix milliseconds. */
  readonly wantedAtMs: number
  readonly lastEnd?: LiveEnd
}

export type LiveStep = { readonly machine: LiveMachine; readonly effects: readonly LiveEffect[] }

/** The exchange that a machine is of, and the rules by which it judges. */
export type LiveTerms = { readonly exchange: LiveExchange; readonly rules: LiveRules }

export const newMachine: LiveMachine = {
  phase: { kind: 'idle' },
  connection: 0,
  opened: 0,
  failures: 0,
  subscriptions: noSubscriptions,
  wantedAtMs: 0,
}

/** Nothing is to be done. */
export function still(machine: LiveMachine): LiveStep {
  return { machine, effects: [] }
}

/** A socket is opened, under a number of its own. */
export function connect(machine: LiveMachine, { nowMs }: Moment, { rules }: LiveTerms): LiveStep {
  const connection = machine.connection + 1
  const phase = { kind: 'connecting', untilMs: nowMs + rules.openWithinMs } as const
  return { machine: { ...machine, connection, phase }, effects: [{ kind: 'open', connection }] }
}

/** The socket is let go of, and another is opened after a while. */
export function lost(
  machine: LiveMachine,
  end: Omit<LiveEnd, 'atMs'>,
  { nowMs, chance }: Moment,
  { rules }: LiveTerms,
): LiveStep {
  const { phase } = machine
  if (phase.kind !== 'open' && phase.kind !== 'connecting') return still(machine)
  const hasLasted = phase.kind === 'open' && nowMs - phase.liveness.sinceMs >= rules.lastingMs
  const failures = hasLasted ? 1 : machine.failures + 1
  return {
    machine: {
      ...machine,
      failures,
      connection: machine.connection + 1,
      phase: { kind: 'waiting', untilMs: nowMs + waitMsAfter(failures, chance, rules) },
      lastEnd: { ...end, atMs: nowMs },
    },
    effects: [{ kind: 'drop' }],
  }
}

/** The old connection goes and the new one comes at once: what was told stays fresh meanwhile. */
export function renewed(
  machine: LiveMachine,
  end: Omit<LiveEnd, 'atMs'>,
  moment: Moment,
  terms: LiveTerms,
): LiveStep {
  const lastEnd = { ...end, atMs: moment.nowMs }
  const { machine: next, effects } = connect({ ...machine, lastEnd }, moment, terms)
  return { machine: next, effects: [{ kind: 'drop' }, ...effects] }
}

/** The socket is let go of, and all but its history forgotten. */
export function rested(machine: LiveMachine, { nowMs }: Moment): LiveStep {
  const lastEnd = { code: 'idle', message: 'Nobody asked for it any more.', atMs: nowMs } as const
  return {
    machine: { ...newMachine, connection: machine.connection + 1, opened: machine.opened, lastEnd },
    effects: [{ kind: 'drop' }],
  }
}
