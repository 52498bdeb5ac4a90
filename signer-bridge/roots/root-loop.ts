/**
 * The roots' loop, beside that of commits and reveals and never in its way: each pass brings the open
 * round's root one step further, checks past ones, and closes what is over. Nothing that goes wrong
 * here ends the process, for a reveal may be owed by it.
 */

import { votingRoundAt } from '../../src/protocol/epoch.ts'
import { OracleError } from '../../src/protocol/errors.ts'
import { protocolIds } from '../../src/protocol/payload.ts'
import { withoutEchoes } from '../log.ts'
import { blockTimeMs, chainTimeMs } from '../timeline.ts'
import { advanceRoot, rootStepNow } from './advance-root.ts'
import { checkRounds } from './checks.ts'
import { closeRoot, endRound } from './close-root.ts'
import { type RootStep, rootWindowOf } from './root-plan.ts'
import type { AtRound, RootsWorld } from './roots-world.ts'

export type RootsLoop = {
  /** Resolves when it has been stopped and no signature of ours is on its way any more. */
  readonly run: () => Promise<void>
  /** No new roots. */
  readonly stop: () => void
}

export function rootsLoopOf(given: RootsWorld): RootsLoop {
  const world = { ...given, log: withoutEchoes(given.log) }
  let mayBegin = true
  let at: AtRound | undefined
  return {
    stop: () => {
      mayBegin = false
    },
    run: async () => {
      for (;;) {
        await world.heads.refresh()
        at = atRoundOf(world, at)
        const pauseMs = at === undefined ? world.pace.pollMs : await pass(world, at, mayBegin)
        if (!mayBegin && !(await isOnItsWay(world, at))) return
        await world.sleep(pauseMs)
      }
    },
  }
}

/** The round whose signatures are sent by now; none before the first block is seen. */
function atRoundOf(world: RootsWorld, before: AtRound | undefined): AtRound | undefined {
  const nowMs = chainTimeMs(world.heads.moment())
  if (!Number.isFinite(nowMs)) return undefined
  const votingRoundId = votingRoundAt(world.network.schedule, nowMs) - 1
  if (before?.votingRoundId === votingRoundId) return before
  if (before !== undefined) endRound(world, before)
  return { votingRoundId, said: new Set() }
}

/** Looks at everything once. @returns How long to wait then, milliseconds. */
async function pass(world: RootsWorld, at: AtRound, mayBegin: boolean): Promise<number> {
  const { votingRoundId } = at
  const { relayer } = world
  const step = await guarded(world, votingRoundId, () => advanceRoot(world, at, mayBegin))
  const isRelaying =
    relayer !== undefined &&
    mayBegin &&
    (await guarded(world, votingRoundId, () => relayer.advance(votingRoundId)))
  await guarded(world, votingRoundId, () => checkRounds(world, votingRoundId))
  await guarded(world, votingRoundId, () => closeBefore(world, votingRoundId))
  return isRelaying === true ? world.pace.pollMs : pauseAfter(world, at, step)
}

/** Ends the roots of earlier rounds. */
async function closeBefore(world: RootsWorld, votingRoundId: number): Promise<void> {
  for (const root of world.journal.openRoots(protocolIds.ftso)) {
    if (root.votingRoundId < votingRoundId) {
      await guarded(world, root.votingRoundId, () => closeRoot(world, root))
    }
  }
}

/** Whether a signature of ours is to be brought on chain, or looked for, in the present window. */
async function isOnItsWay(world: RootsWorld, at: AtRound | undefined): Promise<boolean> {
  if (at === undefined) return false
  const { votingRoundId } = at
  const step = await guarded(world, votingRoundId, () => rootStepNow(world, votingRoundId))
  return step?.kind === 'send'
}

/** Whatever fails is told, a bug too; the next pass decides anew. */
async function guarded<T>(
  { log }: RootsWorld,
  votingRoundId: number,
  work: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    const code = error instanceof OracleError ? { code: error.code } : {}
    const reason = error instanceof Error ? error.message.slice(0, maxReason) : String(error)
    log({ event: 'root-step-failed', voting_round_id: votingRoundId, ...code, reason })
    return undefined
  }
}

/** Enough for a person. */
const maxReason = 300

/** While something may be done it is looked at often; then until the next window opens. */
function pauseAfter(
  { pace, heads, network }: RootsWorld,
  at: AtRound,
  step: RootStep | undefined,
): number {
  if (step === undefined) return pace.pollMs
  if (step.kind === 'sign' || step.kind === 'send') return pace.pollMs
  if (step.kind === 'wait' && step.reason !== 'window-not-open') return pace.pollMs
  const { opensMs, closesMs } = rootWindowOf(network.schedule, at.votingRoundId)
  const nowMs = blockTimeMs(heads.moment())
  const nextMs = nowMs < opensMs ? opensMs : closesMs
  return Math.max(1, Math.min(nextMs - nowMs, pace.restMs))
}
