/**
 * Brings the root of the round whose window it is one step further, as the plan has it. What stands
 * in its way is told once a round, by its reason.
 */

import type { RootRow } from '../journal/roots.ts'
import { chainTimeMs } from '../timeline.ts'
import { dueRootOf, rootFactsOf } from './root-facts.ts'
import {
  companyWaitMs,
  type RefuseReason,
  type RootStep,
  rootStepAt,
  rootWindowOf,
} from './root-plan.ts'
import type { AtRound, TrackWorld } from './roots-world.ts'
import { signDueRoot, type SignOutcome } from './sign-root.ts'

/**
 * Does what is next.
 *
 * @param mayBegin Whether a root may still be signed: not while the process is about to end.
 * @returns What was to be done.
 */
export async function advanceRoot(
  world: TrackWorld,
  at: AtRound,
  mayBegin: boolean,
): Promise<RootStep> {
  const root = world.journal.rootOf(nameOf(world, at))
  if (root !== undefined) await look(world, root)
  const step = rootStepNow(world, at.votingRoundId)
  await perform(world, at, { step, mayBegin, ...(root !== undefined && { root }) })
  return step
}

/** Does what is next up to the signature, and sends nothing. */
export async function prepareRoot(
  world: TrackWorld,
  at: AtRound,
  mayBegin: boolean,
): Promise<void> {
  const step = rootStepNow(world, at.votingRoundId)
  if (step.kind !== 'send') await perform(world, at, { step, mayBegin })
}

/** Brings a signed root one step further on its way to the chain. */
export async function sendRoot(world: TrackWorld, at: AtRound, root: RootRow): Promise<void> {
  await look(world, root)
  const step = rootStepNow(world, at.votingRoundId)
  if (step.kind === 'send') await perform(world, at, { step, mayBegin: false, root })
}

/** What is to be done about a round's root at this moment. */
export function rootStepNow(world: TrackWorld, votingRoundId: number): RootStep {
  const window = rootWindowOf(world.network.schedule, votingRoundId)
  const facts = rootFactsOf(world, votingRoundId)
  return rootStepAt(window, facts, chainTimeMs(world.heads.moment()))
}

type Task = { readonly step: RootStep; readonly mayBegin: boolean; readonly root?: RootRow }

async function perform(
  world: TrackWorld,
  at: AtRound,
  { step, mayBegin, root }: Task,
): Promise<void> {
  switch (step.kind) {
    case 'wait':
      return wait(world, at, step.reason)
    case 'refuse':
      return refuse(world, at, step.reason)
    case 'conflict':
      return noteConflict(world, at, step)
    case 'sign':
      if (mayBegin) noteSigning(world, at, await sign(world, at, step))
      return
    case 'send':
      delete at.waitsFor
      if (root !== undefined) await send(world, at, root)
      return
    case 'done':
      delete at.waitsFor
      if (step.reason === 'finalised-first') sayFinalised(world, at, root)
      return
  }
}

/** That nobody can say what became of a call does not keep it from being sent again. */
async function look({ call, log }: TrackWorld, root: RootRow): Promise<void> {
  if (call.statusOf(root) !== 'planned') return
  try {
    await call.look(root, { isLast: false })
  } catch (error) {
    log({ event: 'look-failed', voting_round_id: root.votingRoundId, reason: String(error) })
  }
}

async function sign(
  world: TrackWorld,
  at: AtRound,
  { message, isUnconfirmed }: Extract<RootStep, { kind: 'sign' }>,
): Promise<SignOutcome | undefined> {
  const { votingRoundId } = at
  if (isUnconfirmed) sayUnconfirmed(world, at)
  const due = dueRootOf(world, votingRoundId)
  if (due === undefined) return undefined
  const { protocolId } = world
  const unsigned = world.unsignedOf?.(votingRoundId)
  const maySign = () => {
    const step = rootStepNow(world, votingRoundId)
    return step.kind === 'sign' && step.message === message
  }
  return await signDueRoot(world, {
    ...due,
    protocolId,
    votingRoundId,
    message,
    ...(unsigned !== undefined && { unsigned }),
    maySign,
  })
}

function noteSigning(world: TrackWorld, at: AtRound, outcome: SignOutcome | undefined): void {
  switch (outcome?.kind) {
    case 'signed':
      delete at.waitsFor
      return world.metrics.rootReached('signed')
    case 'refuse':
      return refuse(world, at, outcome.reason)
    case 'wait':
      return wait(world, at, outcome.reason)
    case undefined:
  }
}

async function send(world: TrackWorld, at: AtRound, root: RootRow): Promise<void> {
  const { call, company } = world
  const { votingRoundId } = at
  if (call.statusOf(root) === undefined && isHeldBack(world, at)) return
  const maySend = () => rootStepNow(world, votingRoundId).kind === 'send'
  await call.pursue(root, maySend, () => company?.rootsFor(votingRoundId) ?? [])
  if (call.statusOf(root) !== undefined && isNews(at, 'sent')) {
    world.metrics.rootReached('sent')
  }
}

/**
 * Whether the call is not begun yet for the sake of companions that may be ready in a moment: what is
 * not in it then goes out by itself, at the full fee. Never for long, and not out of the grace period.
 */
function isHeldBack({ company, network, heads, nowMs }: TrackWorld, at: AtRound): boolean {
  if (company === undefined || !company.isAwaited(at.votingRoundId)) return false
  const window = rootWindowOf(network.schedule, at.votingRoundId)
  const mostMs = companyWaitMs(window)
  at.heldSinceMs ??= nowMs()
  const heldMs = nowMs() - at.heldSinceMs
  // A clock that has jumped back says nothing.
  const isShort = heldMs >= 0 && heldMs < mostMs
  return isShort && chainTimeMs(heads.moment()) + mostMs < window.graceEndMs
}

function wait({ log }: TrackWorld, at: AtRound, reason: string): void {
  at.waitsFor = reason
  if (reason === 'window-not-open' || !isNews(at, reason)) return
  const event = reason === 'digest-unclear' ? reason : 'root-awaited'
  log({ event, voting_round_id: at.votingRoundId, reason })
}

/** Reasons that stand for a whole reward epoch, so that they are told once in it. */
const standing: ReadonlySet<string> = new Set(['no-keys', 'not-a-voter', 'sender-not-registered'])

function refuse(
  { log, metrics, observer }: TrackWorld,
  at: AtRound,
  reason: RefuseReason | 'below-watermark',
): void {
  const { votingRoundId } = at
  delete at.waitsFor
  if (!isNews(at, reason)) return
  metrics.rootReached(reason === 'root-conflict' ? 'conflict' : 'refused')
  if (standing.has(reason)) {
    const rewardEpochId = observer.epochOf(votingRoundId)?.policy.rewardEpochId
    return log({ event: 'roots-refused', reason, reward_epoch_id: rewardEpochId })
  }
  // What was bound otherwise has been told where it was found.
  if (reason === 'root-conflict') return
  log({ event: 'root-refused', voting_round_id: votingRoundId, reason })
}

function noteConflict(
  world: TrackWorld,
  at: AtRound,
  { bound, message }: Extract<RootStep, { kind: 'conflict' }>,
): void {
  const { votingRoundId } = at
  world.log({ event: 'root-conflict', voting_round_id: votingRoundId, bound, message })
  world.journal.refuseRoot(nameOf(world, at), 'root-conflict')
  refuse(world, at, 'root-conflict')
}

/** A call that is out already may still land, and then counts for little; none is sent any more. */
function sayFinalised({ log, metrics }: TrackWorld, at: AtRound, root: RootRow | undefined): void {
  if (!isNews(at, 'finalised-first')) return
  metrics.rootReached('finalised-first')
  const event = root?.signed === undefined ? 'round-finalised-first' : 'signature-outrun'
  log({ event, voting_round_id: at.votingRoundId })
}

/** That it is signed on the word of one node. */
function sayUnconfirmed({ log }: TrackWorld, at: AtRound): void {
  if (isNews(at, 'unconfirmed'))
    log({ event: 'root-unconfirmed', voting_round_id: at.votingRoundId })
}

/** Whether a thing is said of the round for the first time. */
function isNews({ said }: AtRound, thing: string): boolean {
  if (said.has(thing)) return false
  said.add(thing)
  return true
}

function nameOf({ protocolId }: TrackWorld, { votingRoundId }: AtRound) {
  return { protocolId, votingRoundId }
}
