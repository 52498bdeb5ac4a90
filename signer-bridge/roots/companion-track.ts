/**
 * One companion's roots, beside ours: what it says is heard, bound, reserved and signed while the loop
 * goes on, by the same rules as our own; and sent in our call, or by itself where that goes without it.
 */

import type { Companion } from '../companions/companion.ts'
import { protocolIds } from '../../src/protocol/payload.ts'
import type { RootRow } from '../journal/roots.ts'
import { chainTimeMs } from '../timeline.ts'
import { prepareRoot, rootStepNow, sendRoot } from './advance-root.ts'
import { checkSigned } from './checks.ts'
import { type Hearing, hearingOf, unsignedIn } from './hearing.ts'
import { dueRootOf } from './root-facts.ts'
import { aloneFromMs, type RootOutcome, type RootStep, rootWindowOf } from './root-plan.ts'
import type { AtRound, RootsWorld, TrackWorld } from './roots-world.ts'

export type CompanionTrack = {
  readonly world: TrackWorld
  /**
   * Begins what is next, unless something of it is under way: it is waited for by nobody.
   *
   * @param guard Runs work whose failure is told.
   */
  readonly prepare: (at: AtRound, mayBegin: boolean, guard: Guard) => void
  /** Brings what is signed one step further, where our own call will not. */
  readonly send: (at: AtRound, ours: RootStep | undefined) => Promise<void>
  /** Whether it may be ready in a moment. */
  readonly isAwaited: (votingRoundId: number) => boolean
  /** What is signed and in no call yet, if it still is to be sent. */
  readonly rootFor: (votingRoundId: number) => RootRow | undefined
  /** Holds what we have signed of it lately against what was made final. */
  readonly check: (latestRoundId: number) => void
  /** Resolves when nothing of it is under way. */
  readonly idle: () => Promise<void>
}

type Guard = (votingRoundId: number, work: () => Promise<void>) => Promise<unknown>

export function companionTrack(given: RootsWorld, companion: Companion): CompanionTrack {
  const { protocolId } = companion
  const log: RootsWorld['log'] = (event) => given.log({ ...event, protocol_id: protocolId })
  const hearing = hearingOf({ ...given, companion, log })
  const world: TrackWorld = {
    ...given,
    protocolId,
    log,
    resultOf: (votingRoundId) => resultOf(given, hearing, { protocolId, votingRoundId }),
    unsignedOf: (votingRoundId) => unsignedIn(hearing.heardOf(votingRoundId)),
    metrics: { rootReached: (stage) => given.metrics.companionReached(protocolId, stage) },
  }
  const rootOf = (votingRoundId: number) => given.journal.rootOf({ protocolId, votingRoundId })
  const stepNow = (votingRoundId: number) => rootStepNow(world, votingRoundId)
  const checked = new Set<number>()
  let busy: Promise<unknown> | undefined
  return {
    world,
    prepare: (at, mayBegin, guard) => {
      if (busy !== undefined) return
      const { votingRoundId } = at
      const work = async () => {
        if (mayBegin) await hear(given, world, hearing, votingRoundId)
        await prepareRoot(world, at, mayBegin)
      }
      busy = guard(votingRoundId, work).finally(() => {
        busy = undefined
      })
    },
    send: async (at, ours) => {
      const root = rootOf(at.votingRoundId)
      if (root?.signed === undefined || root.refusedAs !== undefined) return
      if (world.call.carriageOf(root) === 'begun' || goesAlone(world, root, ours)) {
        await sendRoot(world, at, root)
      }
    },
    isAwaited: (votingRoundId) => {
      const { kind, reason } = { reason: undefined, ...stepNow(votingRoundId) }
      return kind === 'sign' || reason === 'companion-silent'
    },
    rootFor: (votingRoundId) => {
      const root = rootOf(votingRoundId)
      if (root?.signed === undefined || stepNow(votingRoundId).kind !== 'send') return undefined
      return world.call.carriageOf(root) === 'open' ? root : undefined
    },
    check: (latestRoundId) => checkSigned(world, latestRoundId, checked),
    idle: async () => {
      await busy
    },
  }
}

/** Whether a signed root is not to wait for our own call any longer. */
function goesAlone(world: TrackWorld, root: RootRow, ours: RootStep | undefined): boolean {
  const carriage = world.call.carriageOf(root)
  if (carriage !== 'open') return carriage === 'left-behind'
  if (ours?.kind === 'refuse' || ours?.kind === 'done') return true
  // It is about to be sent, with this in it.
  if (ours?.kind === 'send') return false
  const window = rootWindowOf(world.network.schedule, root.votingRoundId)
  return chainTimeMs(world.heads.moment()) >= aloneFromMs(window)
}

/** Asks the companion, if that can still matter: also about what is bound, for it may say another. */
async function hear(
  { pace }: RootsWorld,
  world: TrackWorld,
  hearing: Hearing,
  votingRoundId: number,
): Promise<void> {
  const step = rootStepNow(world, votingRoundId)
  const matters =
    step.kind === 'sign' ||
    step.kind === 'send' ||
    (step.kind === 'wait' && step.reason === 'companion-silent')
  const due = dueRootOf(world, votingRoundId)
  if (!matters || due === undefined || !hearing.isDue(votingRoundId)) return
  const { closesMs } = rootWindowOf(world.network.schedule, votingRoundId)
  const leftMs = closesMs - chainTimeMs(world.heads.moment())
  await hearing.ask(votingRoundId, due.submitSignaturesAddress, Math.min(pace.workerMs, leftMs))
}

type Name = { readonly protocolId: number; readonly votingRoundId: number }

/** What the companion says; before it does, what the round is bound to by its earlier word. */
function resultOf({ journal }: RootsWorld, hearing: Hearing, name: Name): RootOutcome {
  const heard = hearing.heardOf(name.votingRoundId)
  if (heard?.kind === 'message') return { kind: 'result', message: heard.message }
  const bound = journal.rootOf(name)
  if (bound !== undefined) return { kind: 'result', message: bound.message }
  return { kind: heard === undefined ? 'unheard' : 'nothing-to-say' }
}

/** Our own roots: what is read of the chain. */
export function ownTrack(world: RootsWorld, tracks: readonly CompanionTrack[]): TrackWorld {
  return {
    ...world,
    protocolId: protocolIds.ftso,
    resultOf: world.observer.outcomeOf,
    confirmationOf: world.observer.confirmationOf,
    company: {
      isAwaited: (votingRoundId) => tracks.some((track) => track.isAwaited(votingRoundId)),
      rootsFor: (votingRoundId) => tracks.flatMap((track) => track.rootFor(votingRoundId) ?? []),
    },
  }
}
