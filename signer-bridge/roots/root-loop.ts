/**
 * The roots' loop, beside that of commits and reveals and never in its way: each pass brings the open
 * round's root one step further, checks past ones, and closes what is over. Nothing that goes wrong
 * here ends the process, for a reveal may be owed by it. Told to stop, it stays for the roots of rounds
 * in which something of ours is out.
 */

import { votingRoundAt } from '../../src/protocol/epoch.ts'
import { OracleError } from '../../src/protocol/errors.ts'
import { withoutEchoes } from '../log.ts'
import { blockTimeMs, chainTimeMs } from '../timeline.ts'
import { advanceRoot, rootStepNow } from './advance-root.ts'
import { checkRounds } from './checks.ts'
import { closeRoot, endRound } from './close-root.ts'
import { type CompanionTrack, companionTrack, ownTrack } from './companion-track.ts'
import { type RootStep, rootWindowOf } from './root-plan.ts'
import type { AtRound, RootsWorld, TrackWorld } from './roots-world.ts'

export type RootsLoop = {
  /** Resolves when it is to end, owes no root, and no signature of ours is on its way. */
  readonly run: () => Promise<void>
  /** From now on no new roots but those that are owed. */
  readonly stop: () => void
  /** And nothing more will come to be owed: to be called when the loop of rounds is over. */
  readonly end: () => void
}

/**
 * For so long after it is told to stop: what is owed then is signed and sent within 145 s at the latest,
 * by block time. `TimeoutStopSec` in `deploy/` leaves the rest of 150 s for the last reports.
 */
const mostOwedMs = 145_000

type Tracks = {
  readonly ours: TrackWorld
  readonly companions: readonly CompanionTrack[]
}

/** Where each track is: ours, and those of companions in their order. */
type Places = { readonly ours: AtRound; readonly companions: readonly AtRound[] }

export function rootsLoopOf(given: RootsWorld): RootsLoop {
  const world = { ...given, log: withoutEchoes(given.log) }
  const companions = world.companions.map((companion) => companionTrack(world, companion))
  const tracks = { ours: ownTrack(world, companions), companions }
  let stoppedAtMs: number | undefined
  let isEnding = false
  let at: Places | undefined
  const stop = () => {
    stoppedAtMs ??= world.steadyMs()
  }
  return {
    stop,
    end: () => {
      stop()
      isEnding = true
    },
    run: async () => {
      for (;;) {
        await world.heads.refresh()
        at = placesOf(world, tracks, at)
        const pauseMs =
          at === undefined
            ? world.pace.pollMs
            : await pass(world, tracks, at, stoppedAtMs === undefined)
        const isTimeUp = stoppedAtMs !== undefined && world.steadyMs() - stoppedAtMs >= mostOwedMs
        if (isEnding && (isTimeUp || !(await isAnyOwed(world, tracks, at)))) break
        await world.sleep(pauseMs)
      }
      await Promise.all(companions.map((track) => track.idle()))
    },
  }
}

/** The round whose signatures are sent by now; none before the first block is seen. */
function placesOf(
  world: RootsWorld,
  { ours, companions }: Tracks,
  before: Places | undefined,
): Places | undefined {
  const nowMs = chainTimeMs(world.heads.moment())
  if (!Number.isFinite(nowMs)) return undefined
  const votingRoundId = votingRoundAt(world.network.schedule, nowMs) - 1
  if (before?.ours.votingRoundId === votingRoundId) return before
  if (before !== undefined) {
    endRound(ours, before.ours)
    for (const [i, at] of before.companions.entries()) {
      const track = companions[i]
      if (track !== undefined) endRound(track.world, at)
    }
  }
  const begun = (): AtRound => ({ votingRoundId, said: new Set() })
  return { ours: begun(), companions: companions.map(begun) }
}

/** Looks at everything once. @returns How long to wait then, milliseconds. */
async function pass(
  world: RootsWorld,
  tracks: Tracks,
  places: Places,
  mayBegin: boolean,
): Promise<number> {
  const { votingRoundId } = places.ours
  const { relayer } = world
  const maySign = ({ protocolId }: TrackWorld) =>
    mayBegin || world.isOwed({ protocolId, votingRoundId })
  for (const [i, at] of places.companions.entries()) {
    const track = tracks.companions[i]
    track?.prepare(at, maySign(track.world), (round, work) => guarded(world, round, work))
  }
  const advance = () => advanceRoot(tracks.ours, places.ours, maySign(tracks.ours))
  const step = await guarded(world, votingRoundId, advance)
  for (const [i, at] of places.companions.entries()) {
    await guarded(world, votingRoundId, () => tracks.companions[i]?.send(at, step))
  }
  const isRelaying =
    relayer !== undefined &&
    mayBegin &&
    (await guarded(world, votingRoundId, () => relayer.advance(votingRoundId)))
  await guarded(world, votingRoundId, () => checkRounds(world, votingRoundId))
  for (const track of tracks.companions) {
    await guarded(world, votingRoundId, () => track.check(votingRoundId))
  }
  for (const track of [tracks.ours, ...tracks.companions.map((each) => each.world)]) {
    await guarded(world, votingRoundId, () => closeBefore(track, votingRoundId))
  }
  if (isRelaying === true) return world.pace.pollMs
  const pauses = [pauseAfter(world, places.ours, step)]
  for (const { world: track } of tracks.companions) {
    const next = await guarded(track, votingRoundId, () => rootStepNow(track, votingRoundId))
    pauses.push(pauseAfter(world, places.ours, next))
  }
  return Math.min(...pauses)
}

/** Ends the roots of earlier rounds. */
async function closeBefore(track: TrackWorld, votingRoundId: number): Promise<void> {
  for (const root of track.journal.openRoots(track.protocolId)) {
    if (root.votingRoundId < votingRoundId) {
      await guarded(track, root.votingRoundId, () => closeRoot(track, root))
    }
  }
}

/**
 * Whether a signature of ours is to be brought on chain, or looked for, in the present window; or a root
 * is owed that can still be signed.
 */
async function isAnyOwed(
  world: RootsWorld,
  { ours, companions }: Tracks,
  at: Places | undefined,
): Promise<boolean> {
  if (at === undefined) return false
  const { votingRoundId } = at.ours
  for (const track of [ours, ...companions.map((each) => each.world)]) {
    const step = await guarded(world, votingRoundId, () => rootStepNow(track, votingRoundId))
    if (step?.kind === 'send') return true
    const mayCome = step === undefined || step.kind === 'sign' || step.kind === 'wait'
    if (mayCome && world.isOwed({ protocolId: track.protocolId, votingRoundId })) return true
  }
  return false
}

/** Whatever fails is told, a bug too; the next pass decides anew. */
async function guarded<T>(
  { log }: Pick<RootsWorld, 'log'>,
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
