/**
 * One look at a question of another sender: what is known decides, and what is missing is got, one
 * attempt at a time for all who ask at once. Whatever is told is on the disk first.
 */

import { type Address, keccak256 } from 'viem'
import { protocolIds } from '../../src/protocol/payload.ts'
import type { RoundResult } from '../../src/protocol/round-result.ts'
import type { BindingBook } from '../journal/bindings.ts'
import type { Handovers } from '../journal/handovers.ts'
import type { RootBook } from '../journal/roots.ts'
import type { RoundBook } from '../journal/rounds.ts'
import type { ObservedOutcome, Observer } from '../observer/observer.ts'
import { unarmed } from '../preflight.ts'
import { attempt, type BeginDeps, type Begun, freeze, handOver, reserve } from './begin.ts'
import type { Look, oneAtATime } from './patience.ts'
import { type KnownMessage, type MessageVerdict, messageVerdict } from './result-answers.ts'
import { finalizationDataOf } from './results.ts'
import type { PayloadBody } from './schemas.ts'
import { signersOf } from './signers.ts'
import { commitVerdict, type KnownRound, revealVerdict } from './vote-answers.ts'

export type LookDeps = Omit<BeginDeps, 'journal'> & {
  readonly journal: Pick<RoundBook, 'vote' | 'prepare'> &
    Pick<RootBook, 'rootOf' | 'bindRoot'> &
    Pick<BindingBook, 'watermarkOf'> &
    Handovers
  /** The rest of what is known of the chain; nothing before it is reached. */
  readonly observer: () => Pick<Observer, 'outcomeOf' | 'epochOf' | 'confirmationOf'> | undefined
  /** Why no new commit may go out now, if anything stands against it. */
  readonly refusal: () => string | undefined
  /** Whether it is known what was said lately with our keys. */
  readonly isArmed: () => boolean
  /** Whether the message is told with what Relay v2 wants behind the signatures. */
  readonly withFinalizationData: boolean
}

/** What is told, and why it is not more. */
export type Payload = { readonly body: PayloadBody; readonly reason?: string }

/** Memory is looked at so often while something is awaited. */
const lookEveryMs = 50

/** Roots whose reservation is remembered: those of half an hour. */
const mostReserved = 20

/** What goes on for a round, by its name: one at a time. */
export type UnderWay<K> = ReturnType<typeof oneAtATime<K, Begun>>

/** The commit of a round; the first look at the round in progress begins it. */
export async function lookForCommit(
  deps: LookDeps,
  underWay: UnderWay<string>,
  votingRoundId: number,
  submitAddress: Address,
): Promise<Look<Payload>> {
  const known = knownRound(deps, votingRoundId, submitAddress)
  const refusal = deps.refusal() ?? (deps.isArmed() ? undefined : unarmed)
  const verdict = commitVerdict(deps.network.schedule, known, deps.moment(), refusal)
  switch (verdict.kind) {
    case 'answer':
      return answer({ status: 'OK', data: verdict.data })
    case 'freeze': {
      const work = () => freeze(deps, votingRoundId, submitAddress)
      return after(deps, await underWay(`freeze ${votingRoundId}`, work))
    }
    case 'hand-over': {
      const work = () => handOver(deps, verdict.vote)
      return after(deps, await underWay(`hand over ${votingRoundId}`, work))
    }
    case 'wait':
    case 'never':
      return unanswered(verdict)
  }
}

/** The reveal of a round: the journal and block time decide, and nothing else. */
export function lookForReveal(
  deps: LookDeps,
  votingRoundId: number,
  submitAddress: Address,
): Promise<Look<Payload>> {
  const known = knownRound(deps, votingRoundId, submitAddress)
  const verdict = revealVerdict(deps.network.schedule, known, deps.moment())
  if (verdict.kind !== 'answer') return Promise.resolve(unanswered(verdict))
  noteRevealTold(deps, votingRoundId)
  return Promise.resolve(answer({ status: 'OK', data: verdict.data }))
}

/** What goes on for roots, and which of them are reserved. */
export type Roots = { readonly underWay: UnderWay<number>; readonly reserved: number[] }

/** The message of a round: bound first, then reserved, then told. */
export async function lookForMessage(
  deps: LookDeps,
  { underWay, reserved }: Roots,
  votingRoundId: number,
  sender: Address,
): Promise<Look<Payload>> {
  const outcome = outcomeOf(deps, votingRoundId)
  const known = knownMessage(deps, reserved, votingRoundId)
  const verdict = messageVerdict(deps.network.schedule, known, outcome, deps.moment())
  switch (verdict.kind) {
    case 'answer':
      return answer(messageBody(deps, votingRoundId, verdict.message, outcome))
    case 'bind':
      sayUnconfirmed(deps, verdict)
      return after(deps, await bind(deps, verdict.result, sender))
    case 'reserve': {
      const begun = await underWay(votingRoundId, () => reserveRoot(deps, votingRoundId))
      if (begun.kind === 'done' && !reserved.includes(votingRoundId)) reserved.push(votingRoundId)
      if (reserved.length > mostReserved) reserved.shift()
      return after(deps, begun)
    }
    case 'wait':
    case 'never':
      return unanswered(verdict)
  }
}

function answer(body: PayloadBody, reason?: string): Look<Payload> {
  return { kind: 'answer', answer: { body, ...(reason !== undefined && { reason }) } }
}

function unanswered(verdict: {
  readonly kind: 'wait' | 'never'
  readonly reason: string
}): Look<Payload> {
  const { reason } = verdict
  if (verdict.kind === 'never') return answer({ status: 'EMPTY' }, reason)
  return { kind: 'wait', reason, againMs: lookEveryMs }
}

/** After an attempt: another look at once, or some time later where it failed. */
function after({ pace }: Pick<LookDeps, 'pace'>, begun: Begun): Look<Payload> {
  switch (begun.kind) {
    case 'done':
      return { kind: 'wait', reason: 'It is under way.', againMs: 0 }
    case 'wait':
      return { kind: 'wait', reason: begun.reason, againMs: pace.retryMs }
    case 'never':
      return answer({ status: 'EMPTY' }, begun.reason)
  }
}

function knownRound(
  { journal }: LookDeps,
  votingRoundId: number,
  submitAddress: Address,
): KnownRound {
  const vote = journal.vote(votingRoundId)
  return {
    votingRoundId,
    submitAddress,
    mayBeOut: vote !== undefined && journal.mayBeOut(votingRoundId),
    minRound: journal.watermarkOf({
      signer: submitAddress,
      kind: 'commit',
      protocolId: protocolIds.ftso,
    }),
    ...(vote !== undefined && { vote }),
  }
}

function knownMessage(
  { journal, isArmed, observer }: LookDeps,
  reserved: readonly number[],
  votingRoundId: number,
): KnownMessage {
  const bound = journal.rootOf({ protocolId: protocolIds.ftso, votingRoundId })
  return {
    votingRoundId,
    isReserved: reserved.includes(votingRoundId),
    isArmed: isArmed(),
    confirmation: observer()?.confirmationOf(votingRoundId) ?? 'awaited',
    ...(bound !== undefined && { bound }),
  }
}

/** That a round is bound on the word of one node. */
function sayUnconfirmed(
  { log }: LookDeps,
  { result, isUnconfirmed }: Extract<MessageVerdict, { kind: 'bind' }>,
): void {
  if (isUnconfirmed) log({ event: 'root-unconfirmed', voting_round_id: result.votingRoundId })
}

/** What is known of a round's result now; nothing before the chain is reached. */
export function outcomeOf(
  { observer }: Pick<LookDeps, 'observer'>,
  votingRoundId: number,
): ObservedOutcome {
  return observer()?.outcomeOf(votingRoundId) ?? { kind: 'not-yet' }
}

/** A reveal is owed whether it can be noted that it was told or not. */
function noteRevealTold({ journal, nowMs, log }: LookDeps, votingRoundId: number): void {
  try {
    journal.noteRevealTold(votingRoundId, Math.round(nowMs()))
  } catch (error) {
    log({ event: 'note-failed', voting_round_id: votingRoundId, reason: String(error) })
  }
}

/** Binds a round to its message, in the name of the voter that the chain knows the asker for. */
function bind(deps: LookDeps, result: RoundResult, sender: Address): Promise<Begun> {
  const { votingRoundId, rewardEpochId, message } = result
  const signers = signersOf(deps.observer()?.epochOf(votingRoundId), sender)
  const root = { protocolId: protocolIds.ftso, votingRoundId, rewardEpochId, message, ...signers }
  return attempt(deps, { event: 'root-not-bound', votingRoundId }, async () => {
    deps.journal.bindRoot(root, Math.round(deps.nowMs()))
    return { kind: 'done' }
  })
}

async function reserveRoot(deps: LookDeps, votingRoundId: number): Promise<Begun> {
  const bound = deps.journal.rootOf({ protocolId: protocolIds.ftso, votingRoundId })
  if (bound === undefined) throw new TypeError('Only a root that is bound is reserved.')
  const { signer, message } = bound
  return reserve(deps, { kind: 'root', votingRoundId, signer, digest: keccak256(message) })
}

/** What was bound stands; blocks that came to be known later are told of in the log. */
function messageBody(
  { withFinalizationData, log }: LookDeps,
  votingRoundId: number,
  message: RoundResult['message'],
  outcome: ObservedOutcome,
): PayloadBody {
  const body = { status: 'OK', data: message } as const
  if (outcome.kind !== 'result') return body
  if (outcome.message !== message) {
    log({ event: 'result-differed', voting_round_id: votingRoundId })
    return body
  }
  return withFinalizationData ? { ...body, finalizationData: finalizationDataOf(outcome) } : body
}
