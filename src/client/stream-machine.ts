/**
 * What a stream of prices decides, without a socket, a clock or chance of its own: `step` takes what
 * has happened and says what is to be done.
 *
 *     idle ──► connecting ──► open ──► waiting ──► connecting … ──► closed
 *
 * Sockets are numbered and dropped without waiting for their `close`, which may never come; whatever
 * a dropped one still says is nobody's.
 */

import type { FeedSymbol } from '../protocol/feed.ts'
import type { ListenerMessage, PriceRecord } from '../protocol/wire.ts'
import { backoffMs } from './backoff.ts'
import { afterFailure, type CatchUp, underWay } from './catch-up.ts'
import { aliveAt, heardAt, judge, judgeAtMs, lastChanceAt, type Liveness } from './liveness.ts'
import type { EndReason, Moment, StreamEffect, StreamEvent } from './stream-event.ts'
import { absorb, adopt, type Hearing, subscriptions, without } from './stream-hearing.ts'

type Open = { readonly kind: 'open'; readonly sinceMs: number; readonly liveness: Liveness }

type Phase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly untilMs: number }
  | Open
  | { readonly kind: 'waiting'; readonly untilMs: number }
  | { readonly kind: 'closed' }

export type StreamMachine = {
  readonly phase: Phase
  readonly hearing: Hearing
  readonly clientId: string
  /** The number of the socket that counts. */
  readonly connection: number
  /** Connections in a row that did not last. */
  readonly failures: number
  readonly catchUp: CatchUp | undefined
}

export type Step = {
  readonly machine: StreamMachine
  readonly effects: readonly StreamEffect[]
}

/** A socket that has not opened by then never will. Milliseconds. */
const openWithinMs = 10_000

/** A connection that lived this long was a good one: the next failure counts as the first. */
const lastingMs = 30_000

const ping: StreamEffect = { kind: 'say', message: { action: 'ping' } }

export function newStream(clientId: string): StreamMachine {
  return {
    phase: { kind: 'idle' },
    hearing: { wanted: [], latest: new Map() },
    clientId,
    connection: 0,
    failures: 0,
    catchUp: undefined,
  }
}

/** What becomes of the stream by one event, and what is to be done about it, in order. */
export function step(machine: StreamMachine, event: StreamEvent, moment: Moment): Step {
  if (machine.phase.kind === 'closed') return still(machine)
  if (!('connection' in event)) return stepBesides(machine, event, moment)
  return event.connection === machine.connection
    ? stepOfSocket(machine, event, moment)
    : still(machine)
}

type SocketEvent = Extract<StreamEvent, { readonly connection: number }>

function stepOfSocket(machine: StreamMachine, event: SocketEvent, moment: Moment): Step {
  switch (event.kind) {
    case 'opened':
      return opened(machine, moment)
    case 'heard':
      return heard(machine, event.data, moment)
    case 'ended':
      return lost(machine, machine.phase.kind === 'open' ? 'ended' : 'unreachable', moment)
  }
}

function stepBesides(
  machine: StreamMachine,
  event: Exclude<StreamEvent, SocketEvent>,
  moment: Moment,
): Step {
  switch (event.kind) {
    case 'started':
      return connect(machine, moment)
    case 'subscribed':
      return subscribe(machine, event.symbols)
    case 'unsubscribed':
      return unsubscribe(machine, event.symbols)
    case 'woken':
      return woken(machine, moment)
    case 'nudged':
      return nudged(machine, moment)
    case 'snapshot-came':
      return snapshotCame(machine, event.prices)
    case 'snapshot-failed':
      return still({ ...machine, catchUp: afterFailure(machine.catchUp, event, moment) })
    case 'stopped':
      return stopped(machine)
  }
}

/** When the stream is to be woken, of its own clock; not at all while nothing is to come. */
export function wakeAtMs({ phase, catchUp }: StreamMachine): number | undefined {
  switch (phase.kind) {
    case 'idle':
    case 'closed':
      return undefined
    case 'connecting':
    case 'waiting':
      return phase.untilMs
    case 'open':
      return Math.min(judgeAtMs(phase.liveness), catchUp?.atMs ?? Number.POSITIVE_INFINITY)
  }
}

function still(machine: StreamMachine): Step {
  return { machine, effects: [] }
}

function connect(machine: StreamMachine, { nowMs }: Moment): Step {
  const connection = machine.connection + 1
  const phase = { kind: 'connecting', untilMs: nowMs + openWithinMs } as const
  return {
    machine: { ...machine, connection, phase },
    effects: [
      { kind: 'tell-state', state: { kind: 'connecting' } },
      { kind: 'connect', connection },
    ],
  }
}

function subscribe(machine: StreamMachine, symbols: readonly FeedSymbol[]): Step {
  const { phase, hearing, clientId } = machine
  const added = [...new Set(symbols)].filter((symbol) => !hearing.wanted.includes(symbol))
  const wanting = { ...hearing, wanted: [...hearing.wanted, ...added] }
  const messages = phase.kind === 'open' ? subscriptions(wanting, added, clientId) : []
  return { machine: { ...machine, hearing: wanting }, effects: messages.map(saying) }
}

function unsubscribe(machine: StreamMachine, symbols: readonly FeedSymbol[]): Step {
  const { phase, hearing } = machine
  const removed = hearing.wanted.filter((symbol) => symbols.includes(symbol))
  const isHeard = phase.kind === 'open' && removed.length > 0
  return {
    machine: { ...machine, hearing: without(hearing, removed) },
    effects: isHeard ? [saying({ action: 'unsubscribe', symbols: removed })] : [],
  }
}

/** A new connection knows nothing of the one before: everything is asked for again. */
function opened(machine: StreamMachine, { nowMs }: Moment): Step {
  const { hearing, clientId } = machine
  return {
    machine: { ...machine, phase: { kind: 'open', sinceMs: nowMs, liveness: aliveAt(nowMs) } },
    effects: [
      { kind: 'tell-state', state: { kind: 'open' } },
      ...subscriptions(hearing, hearing.wanted, clientId).map(saying),
    ],
  }
}

function heard(machine: StreamMachine, data: unknown, moment: Moment): Step {
  const { phase } = machine
  if (phase.kind !== 'open') return still(machine)
  const { hearing, told, lacking, isOver } = absorb(machine.hearing, data)
  const liveness = heardAt(phase.liveness, moment.nowMs)
  const listening: StreamMachine = { ...machine, hearing, phase: { ...phase, liveness } }
  if (isOver) {
    const leaving = lost(listening, 'shown-out', moment)
    return { ...leaving, effects: [...told, ...leaving.effects] }
  }
  return {
    machine: listening,
    effects: lacking.length === 0 ? told : [...told, { kind: 'fetch-snapshot', symbols: lacking }],
  }
}

/** The socket is let go of, whatever it does about it, and another is opened after a while. */
function lost(machine: StreamMachine, reason: EndReason, { nowMs, chance }: Moment): Step {
  const { phase } = machine
  const hasLasted = phase.kind === 'open' && nowMs - phase.sinceMs >= lastingMs
  const failures = hasLasted ? 1 : machine.failures + 1
  const waitMs = backoffMs(failures, chance)
  return {
    machine: {
      ...machine,
      failures,
      connection: machine.connection + 1,
      phase: { kind: 'waiting', untilMs: nowMs + waitMs },
      // The next connection says anew what it cannot tell.
      catchUp: undefined,
    },
    effects: [{ kind: 'drop' }, { kind: 'tell-state', state: { kind: 'waiting', waitMs, reason } }],
  }
}

function woken(machine: StreamMachine, moment: Moment): Step {
  const { phase } = machine
  switch (phase.kind) {
    case 'idle':
    case 'closed':
      return still(machine)
    case 'connecting':
      return moment.nowMs < phase.untilMs ? still(machine) : lost(machine, 'unreachable', moment)
    case 'waiting':
      return moment.nowMs < phase.untilMs ? still(machine) : connect(machine, moment)
    case 'open':
      return wokenOpen(machine, phase, moment)
  }
}

function wokenOpen(machine: StreamMachine, phase: Open, moment: Moment): Step {
  const { catchUp } = machine
  const judgement = judge(phase.liveness, moment.nowMs)
  switch (judgement.kind) {
    case 'dead':
      return lost(machine, 'silent', moment)
    case 'ping':
      return pinging(machine, phase, judgement.liveness)
    case 'wait':
      return catchUp === undefined || moment.nowMs < catchUp.atMs
        ? still(machine)
        : {
            machine: { ...machine, catchUp: underWay(catchUp) },
            effects: [{ kind: 'fetch-snapshot', symbols: catchUp.symbols }],
          }
  }
}

function pinging(machine: StreamMachine, phase: Open, liveness: Liveness): Step {
  return { machine: { ...machine, phase: { ...phase, liveness } }, effects: [ping] }
}

function nudged(machine: StreamMachine, moment: Moment): Step {
  const { phase } = machine
  if (phase.kind === 'waiting') return connect(machine, moment)
  return phase.kind === 'open'
    ? pinging(machine, phase, lastChanceAt(moment.nowMs))
    : still(machine)
}

function snapshotCame(machine: StreamMachine, prices: readonly PriceRecord[]): Step {
  const { hearing, told } = adopt(machine.hearing, prices)
  const { catchUp } = machine
  const isDone = catchUp === undefined || catchUp.symbols.length === 0
  return {
    machine: { ...machine, hearing, catchUp: isDone ? undefined : catchUp },
    effects: told,
  }
}

function stopped(machine: StreamMachine): Step {
  return {
    machine: { ...machine, phase: { kind: 'closed' }, connection: machine.connection + 1 },
    effects: [{ kind: 'drop' }, { kind: 'tell-state', state: { kind: 'closed' } }],
  }
}

function saying(message: ListenerMessage): StreamEffect {
  return { kind: 'say', message }
}
