/**
 * What is to be told of a round's result, by what the journal and the observer know and where block
 * time stands: the message that is signed, and the data behind it. Pure.
 */

import type { Hex } from 'viem'
import { type EpochSchedule, votingRoundStartMs } from '../../src/protocol/epoch.ts'
import type { RoundResult } from '../../src/protocol/round-result.ts'
import { timetableMs } from '../../src/protocol/timetable.ts'
import type { Confirmation, ObservedOutcome } from '../observer/observer.ts'
import { unarmed } from '../preflight.ts'
import { aloneFromMs, rootWindowOf } from '../roots/root-plan.ts'
import { blockTimeMs, chainTimeMs, isProvenPast, type Moment } from '../timeline.ts'
import { type Never, never, type Wait, wait } from './verdict.ts'

/** What a round is bound to, once and for ever. */
export type BoundMessage = {
  /** 38 bytes. */
  readonly message: Hex
  /** Why it is never to be signed; a code. */
  readonly refusedAs?: string
}

export type KnownMessage = {
  readonly votingRoundId: number
  readonly bound?: BoundMessage
  /** Whether the Worker was asked to reserve it since the start. */
  readonly isReserved: boolean
  /** Whether it is known what was said lately with our keys. */
  readonly isArmed: boolean
  /** What other nodes say of the blocks that the result is made of. */
  readonly confirmation: Confirmation
}

export type MessageVerdict =
  | { readonly kind: 'answer'; readonly message: Hex }
  /** Bound, and nobody was told by this process: reserve it first. */
  | { readonly kind: 'reserve'; readonly message: Hex }
  /** Bind the round to it first. */
  | { readonly kind: 'bind'; readonly result: RoundResult; readonly isUnconfirmed?: true }
  | Wait
  | Never

/** What is to be told of a `submitSignatures`. The first message of a round stands, whatever follows. */
export function messageVerdict(
  schedule: EpochSchedule,
  { votingRoundId, bound, isReserved, isArmed, confirmation }: KnownMessage,
  outcome: ObservedOutcome,
  moment: Moment,
): MessageVerdict {
  if (bound?.refusedAs !== undefined) return never(`Its root is not signed: ${bound.refusedAs}.`)
  if (bound !== undefined && isReserved) return { kind: 'answer', message: bound.message }
  if (isProvenPast(moment, votingRoundStartMs(schedule, votingRoundId + 2))) {
    return never('The time in which the round could become final is over.')
  }
  if (bound !== undefined) return { kind: 'reserve', message: bound.message }
  const verdict = isArmed ? outcomeVerdict(outcome) : wait(unarmed)
  return verdict.kind === 'bind'
    ? confirmedVerdict(schedule, verdict, confirmation, moment)
    : verdict
}

type Bind = Extract<MessageVerdict, { kind: 'bind' }>

/** A result whose blocks were read from one node waits for another to say the same. */
function confirmedVerdict(
  schedule: EpochSchedule,
  verdict: Bind,
  confirmation: Confirmation,
  moment: Moment,
): MessageVerdict {
  if (confirmation === 'confirmed') return verdict
  if (confirmation === 'contradicted') return wait('Nodes differ about the blocks of the round.')
  // As a bridge that signs does it: nobody is worth the grace period.
  return chainTimeMs(moment) < aloneFromMs(rootWindowOf(schedule, verdict.result.votingRoundId))
    ? wait('No other node has confirmed the blocks of the round yet.')
    : { ...verdict, isUnconfirmed: true }
}

/** What an outcome means to a round that is bound to nothing. */
function outcomeVerdict(outcome: ObservedOutcome): MessageVerdict {
  switch (outcome.kind) {
    case 'result':
      return { kind: 'bind', result: outcome }
    case 'no-result':
      return never(`The round has no result: ${outcome.reason}.`)
    case 'incomplete':
      return wait('Blocks of the rounds before are not read yet.')
    case 'not-yet':
      return wait('Blocks of the round are not read yet.')
  }
}

export type DataVerdict =
  | { readonly kind: 'answer'; readonly result: RoundResult }
  | { readonly kind: 'too-early' }
  | { readonly kind: 'not-available' }

/** What is to be told of a round's result to whoever wants its data. */
export function dataVerdict(
  schedule: EpochSchedule,
  votingRoundId: number,
  outcome: ObservedOutcome,
  moment: Moment,
): DataVerdict {
  if (outcome.kind === 'result') return { kind: 'answer', result: outcome }
  const deadlineMs =
    votingRoundStartMs(schedule, votingRoundId + 1) + timetableMs(schedule).revealDeadline
  return blockTimeMs(moment) < deadlineMs + marginMs
    ? { kind: 'too-early' }
    : { kind: 'not-available' }
}

/** Stamps of blocks are whole seconds. */
const marginMs = 1_000
