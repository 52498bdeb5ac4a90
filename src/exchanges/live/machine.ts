/**
 * What one socket to an exchange decides, without a socket, a clock or chance of its own: `step`
 * takes what has happened and says what is to be done.
 *
 *     idle ──► connecting ──► open ──► waiting ──► connecting …
 *       ▲──────────────────────┴─────────┘ nobody asks any more
 *
 * Sockets are numbered and dropped without waiting for their `close`, which may never come; whatever
 * a dropped one still says is nobody's.
 */

import type { LiveEvent, Moment } from './event.ts'
import { asked, circumstancesOf, heard, judged } from './hearing.ts'
import { aliveAt, verdictDueAtMs } from './liveness.ts'
import {
  connect,
  type LiveMachine,
  type LiveStep,
  type LiveTerms,
  lost,
  type Open,
  rested,
  still,
} from './passage.ts'
import { afresh, nextAskAtMs, wanting } from './subscriptions.ts'

/** What becomes of the socket by one event, and what is to be done about it, in order. */
export function step(
  machine: LiveMachine,
  event: LiveEvent,
  moment: Moment,
  terms: LiveTerms,
): LiveStep {
  if ('connection' in event && event.connection !== machine.connection) return still(machine)
  switch (event.kind) {
    case 'wanted':
      return wanted(machine, event.markets, moment, terms)
    case 'opened':
      return opened(machine, moment, terms)
    case 'heard':
      return heard(machine, event.heard, moment, terms)
    case 'ended': {
      const code = machine.phase.kind === 'open' ? 'closed' : 'unreachable'
      return lost(machine, { code, message: event.message }, moment, terms)
    }
    case 'woken':
      return woken(machine, moment, terms)
  }
}

/** When the socket is to be woken, Unix milliseconds; undefined while nothing is to come. */
export function wakeAtMs(machine: LiveMachine, terms: LiveTerms): number | undefined {
  const { phase } = machine
  switch (phase.kind) {
    case 'idle':
      return undefined
    case 'connecting':
    case 'waiting':
      return phase.untilMs
    case 'open': {
      const dueAtMs = verdictDueAtMs(phase.liveness, circumstancesOf(machine, terms), terms.rules)
      return Math.min(dueAtMs, nextAskAtMs(machine.subscriptions) ?? dueAtMs)
    }
  }
}

function wanted(
  before: LiveMachine,
  markets: readonly string[],
  moment: Moment,
  terms: LiveTerms,
): LiveStep {
  const { nowMs: atMs } = moment
  const { maxMarkets } = terms.exchange
  const subscriptions = wanting(before.subscriptions, markets, { atMs, maxMarkets })
  const machine = { ...before, subscriptions, wantedAtMs: atMs }
  if (machine.phase.kind === 'open') return asked(machine, machine.phase, moment, terms)
  return machine.phase.kind === 'idle' && subscriptions.wanted.length > 0
    ? connect(machine, moment, terms)
    : still(machine)
}

function opened(machine: LiveMachine, moment: Moment, terms: LiveTerms): LiveStep {
  if (machine.phase.kind !== 'connecting') return still(machine)
  const { maxMarkets } = terms.exchange
  const phase: Open = { kind: 'open', liveness: aliveAt(moment, terms.rules), nextId: 1 }
  const subscriptions = afresh(machine.subscriptions, { atMs: moment.nowMs, maxMarkets })
  const open = { ...machine, phase, subscriptions, opened: machine.opened + 1 }
  return asked(open, phase, moment, terms)
}

function woken(machine: LiveMachine, moment: Moment, terms: LiveTerms): LiveStep {
  const { phase } = machine
  const { nowMs } = moment
  switch (phase.kind) {
    case 'idle':
      return still(machine)
    case 'connecting':
      return nowMs < phase.untilMs ? still(machine) : lost(machine, unopened, moment, terms)
    case 'waiting': {
      if (nowMs < phase.untilMs) return still(machine)
      const isWanted = nowMs - machine.wantedAtMs < terms.rules.idleAfterMs
      return isWanted ? connect(machine, moment, terms) : rested(machine, moment)
    }
    case 'open':
      return judged(machine, phase, moment, terms)
  }
}

const unopened = { code: 'unreachable', message: 'It did not open in time.' } as const
