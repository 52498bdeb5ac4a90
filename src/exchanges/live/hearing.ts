/** What an open socket does: asks for its markets at its pace, takes what it hears, and is judged. */

import type { Moment } from './event.ts'
import type { Heard } from './live-exchange.ts'
import { type Circumstances, verdictAt } from './liveness.ts'
import {
  type LiveMachine,
  type LiveStep,
  type LiveTerms,
  lost,
  type Open,
  renewed,
  rested,
  still,
} from './passage.ts'
import { asking, nextAskAtMs, refusing } from './subscriptions.ts'

/** The next group of markets is asked for, if it is time for it; the others follow at their pace. */
export function asked(
  machine: LiveMachine,
  phase: Open,
  { nowMs }: Moment,
  { exchange, rules }: LiveTerms,
): LiveStep {
  const { subscriptions } = machine
  const [group] = subscriptions.pending
  const dueAtMs = nextAskAtMs(subscriptions)
  if (group === undefined || dueAtMs === undefined || nowMs < dueAtMs) return still(machine)
  const { nextId: id } = phase
  return {
    machine: {
      ...machine,
      phase: { ...phase, nextId: id + 1 },
      subscriptions: asking(subscriptions, id, nowMs + rules.paceMs),
    },
    effects: [{ kind: 'say', text: exchange.subscribe(group.map(exchange.nameOf), { id, nowMs }) }],
  }
}

/** What becomes of an open socket by a message. */
export function heard(
  before: LiveMachine,
  what: Heard,
  moment: Moment,
  terms: LiveTerms,
): LiveStep {
  if (before.phase.kind !== 'open') return still(before)
  const { nowMs } = moment
  const isTicker = what.kind === 'tickers'
  const liveness = {
    ...before.phase.liveness,
    heardAtMs: nowMs,
    ...(isTicker && { tickerAtMs: nowMs }),
  }
  const phase = { ...before.phase, liveness }
  const machine = { ...before, phase }
  switch (what.kind) {
    case 'other':
      return still(machine)
    case 'tickers':
      return { machine, effects: [{ kind: 'keep', tickers: what.tickers }] }
    case 'leaving':
      return lost(machine, { code: 'leaving', message: what.message }, moment, terms)
    case 'refused': {
      const { maxMarkets, refusesWhole } = terms.exchange
      const { refusedForMs } = terms.rules
      const mayRefuse = { maxMarkets, refusesWhole, refusedForMs }
      const subscriptions = refusing(machine.subscriptions, what, nowMs, mayRefuse)
      return subscriptions === undefined
        ? lost(machine, { code: 'refused', message: what.message }, moment, terms)
        : asked({ ...machine, subscriptions }, phase, moment, terms)
    }
  }
}

/** What becomes of an open socket by the time that has passed. */
export function judged(
  machine: LiveMachine,
  phase: Open,
  moment: Moment,
  terms: LiveTerms,
): LiveStep {
  const { nowMs } = moment
  const { exchange, rules } = terms
  const verdict = verdictAt(phase.liveness, circumstancesOf(machine, terms), nowMs, rules)
  if (verdict.kind === 'over') {
    const { code, message } = verdict
    if (code === 'idle') return rested(machine, moment)
    return code === 'renewed'
      ? renewed(machine, { code, message }, moment, terms)
      : lost(machine, { code, message }, moment, terms)
  }
  if (verdict.kind === 'well' || !exchange.ping) return asked(machine, phase, moment, terms)

  const { nextId: id, liveness } = phase
  const pingAtMs = nowMs + rules.pingEveryMs
  const pinged = { ...phase, liveness: { ...liveness, pingAtMs }, nextId: id + 1 }
  const { machine: next, effects } = asked({ ...machine, phase: pinged }, pinged, moment, terms)
  const text = exchange.ping({ id, nowMs })
  return { machine: next, effects: [{ kind: 'say', text }, ...effects] }
}

/** What a verdict depends on beside the times of what was heard. */
export function circumstancesOf(
  { wantedAtMs, subscriptions }: LiveMachine,
  { exchange }: LiveTerms,
): Circumstances {
  const isSubscribed = subscriptions.asked.size > 0
  return { wantedAtMs, isSubscribed, canPing: exchange.ping !== undefined }
}
