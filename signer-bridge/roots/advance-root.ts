/**
 * Brings the root of the round whose window it is one step further, as the plan has it. What stands
 * in its way is told once a round, by its reason.
 */

import { protocolIds } from '../../src/protocol/payload.ts'
import type { RootRow } from '../journal/roots.ts'
import { chainTimeMs } from '../timeline.ts'
import { dueRootOf, rootFactsOf } from './root-facts.ts'
import { type RefuseReason, type RootStep, rootStepAt, rootWindowOf } from './root-plan.ts'
import type { AtRound, RootsWorld } from './roots-world.ts'
import { signDueRoot, type SignOutcome } from './sign-root.ts'

/**
 * Does what is next.
 *
 * @param mayBegin Whether a root may still be signed: not while the process is about to end.
 * @returns What was to be done.
 */
export async function advanceRoot(
  world: RootsWorld,
  at: AtRound,
  mayBegin: boolean,
): Promise<RootStep> {
  const root = world.journal.rootOf(nameOf(at))
  if (root !== undefined) await look(world, root)
  const step = rootStepNow(world, at.votingRoundId)
  await perform(world, at, { step, mayBegin, ...(root !== undefined && { root }) })
  return step
}

/** What is to be done about a round's root at this moment. */
export function rootStepNow(world: RootsWorld, votingRoundId: number): RootStep {
  const window = rootWindowOf(world.network.schedule, votingRoundId)
  const facts = rootFactsOf(world, votingRoundId)
  return rootStepAt(window, facts, chainTimeMs(world.heads.moment()))
}

type Task = { readonly step: RootStep; readonly mayBegin: boolean; readonly root?: RootRow }

async function perform(
  world: RootsWorld,
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
      if (mayBegin) noteSigning(world, at, await sign(world, at, step.message))
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
async function look({ call, log }: RootsWorld, root: RootRow): Promise<void> {
  if (call.statusOf(root) !== 'planned') return
  try {
    await call.look(root, { isLast: false })
  } catch (error) {
    log({ event: 'look-failed', voting_round_id: root.votingRoundId, reason: String(error) })
  }
}

async function sign(
  world: RootsWorld,
  { votingRoundId }: AtRound,
  message: RootRow['message'],
): Promise<SignOutcome | undefined> {
  const due = dueRootOf(world, votingRoundId)
  if (due === undefined) return undefined
  const maySign = () => {
    const step = rootStepNow(world, votingRoundId)
    return step.kind === 'sign' && step.message === message
  }
  return await signDueRoot(world, { ...due, votingRoundId, message, maySign })
}

function noteSigning(world: RootsWorld, at: AtRound, outcome: SignOutcome | undefined): void {
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

async function send(world: RootsWorld, at: AtRound, root: RootRow): Promise<void> {
  const maySend = () => rootStepNow(world, at.votingRoundId).kind === 'send'
  await world.call.pursue(root, maySend)
  if (world.call.statusOf(root) !== undefined && isNews(at, 'sent')) {
    world.metrics.rootReached('sent')
  }
}

function wait({ log }: RootsWorld, at: AtRound, reason: string): void {
  at.waitsFor = reason
  if (reason === 'window-not-open' || !isNews(at, reason)) return
  const event = reason === 'digest-unclear' ? reason : 'root-awaited'
  log({ event, voting_round_id: at.votingRoundId, reason })
}

/** Reasons that stand for a whole reward epoch, so that they are told once in it. */
const standing: ReadonlySet<string> = new Set(['no-keys', 'not-a-voter', 'sender-not-registered'])

function refuse(
  { log, metrics, observer }: RootsWorld,
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
  world: RootsWorld,
  at: AtRound,
  { bound, message }: Extract<RootStep, { kind: 'conflict' }>,
): void {
  const { votingRoundId } = at
  world.log({ event: 'root-conflict', voting_round_id: votingRoundId, bound, message })
  world.journal.refuseRoot(nameOf(at), 'root-conflict')
  refuse(world, at, 'root-conflict')
}

/** A call that is out already may still land, and then counts for little; none is sent any more. */
function sayFinalised({ log, metrics }: RootsWorld, at: AtRound, root: RootRow | undefined): void {
  if (!isNews(at, 'finalised-first')) return
  metrics.rootReached('finalised-first')
  const event = root?.signed === undefined ? 'round-finalised-first' : 'signature-outrun'
  log({ event, voting_round_id: at.votingRoundId })
}

/** Whether a thing is said of the round for the first time. */
function isNews({ said }: AtRound, thing: string): boolean {
  if (said.has(thing)) return false
  said.add(thing)
  return true
}

function nameOf({ votingRoundId }: AtRound) {
  return { protocolId: protocolIds.ftso, votingRoundId }
}
