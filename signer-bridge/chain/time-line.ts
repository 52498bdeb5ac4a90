/**
 * What time it is at least, by what two nodes have come to: the second newest of their heads is no
 * newer than an honest node's, whichever of them lies. The clock that never jumps carries the time on
 * from look to look. The wall clock may be the one that is wrong: it is heard only where two nodes differ
 * that nobody has known for long. Pure.
 */

import type { EpochSchedule } from '../../src/protocol/epoch.ts'
import { timetableMs } from '../../src/protocol/timetable.ts'
import { bearsOut } from '../clock.ts'
import type { Head } from '../timeline.ts'

/** What several nodes have told of the time: no stamp is believed that is far above it. */
export type Line = {
  /** Where the stamps stand at this moment, Unix milliseconds; it is never ahead of an honest node. */
  readonly stampMs: number
  /** So far above it a stamp may be. Milliseconds. */
  readonly maxLeadMs: number
  /** Whether the chain can have come to a head's number, by the numbers that two nodes have come to. */
  readonly hasNumber: (head: Head) => boolean
}

/** What a look comes to. */
export type Timing = {
  /** By which heads are chosen; `undefined` while no two nodes have answered lately. */
  readonly line?: Line
  /** Block time is no later than this, by nodes that are known to keep pace. Unix milliseconds. */
  readonly sureMs?: number
  /** So far apart are two nodes that both seem to know the present, where that is more than the lead. */
  readonly apartMs?: number
}

/** Stamps are cut to seconds and blocks come in bursts: less than this would refuse true ones. */
const leastLeadMs = 2_000

/**
 * How far one node can lead the time away, milliseconds: half of the time between a round's end and
 * the reveal (5 s of 90 s), so that no lie gets a reveal out before the commits are closed.
 */
export function leadOf(schedule: Pick<EpochSchedule, 'roundSec'>): number {
  return Math.max(leastLeadMs, Math.floor(timetableMs(schedule).revealAt / 2))
}

/** A commit's reveal is over in less: what two nodes agreed on before a commit holds to its end. */
const roundsKept = 2

/** Looks are some 0.5 s apart when it matters: more than so many are not held. */
const maxLooks = 1_000

/** More blocks than any Flare network makes: four a second, and some at once. */
const maxBlocksPerSec = 4
const maxBlocksAtOnce = 20

export function mostBlocksIn(spanMs: number): number {
  return maxBlocksAtOnce + (Math.max(0, spanMs) / 1_000) * maxBlocksPerSec
}

/** Both clocks, milliseconds: the one that never jumps, and the one that tells the time. */
export type Now = { readonly steadyMs: number; readonly wallMs: number }

/** What a node tells, and who it is. */
export type Telling = { readonly by: unknown; readonly head: Head }

/** Any two nodes' word is something to choose a head by for so long. */
const bindsForMs = 30_000

type Look = {
  readonly atMs: number
  /** Stamps less the clock that never jumps, milliseconds: constant for a node that keeps pace. */
  readonly offsetMs: number
  /** Whether it holds for two rounds; or only while a node, here the older one, goes on as it does. */
  readonly sure: 'no' | 'yes' | { readonly while: unknown }
  /** What two nodes have come to: neither is ahead of an honest one. */
  readonly number: number
  readonly stampSec: number
}

/** For how long a node has kept pace, and between which offsets. */
type Run = { readonly sinceMs: number; readonly lowMs: number; readonly highMs: number }

/**
 * Draws the line, look by look. A look in which two nodes agree is sure for two rounds. Where they do
 * not, it is sure if the older one has kept pace with the clock for as long: one that has stopped, or
 * catches up, knows nothing of the present, and one that begins to tell an old time as if it were the
 * present must not stop a reveal that is owed by then. After a start nobody has kept pace for so long.
 * Then one that has done so since the start, and for some seconds each of the two, is believed as long
 * as it goes on; but not against one that the wall clock bears out: it may be a node that is just behind.
 * A look with one answer shows nothing, for that may be the liar's.
 */
export function timeLine(
  schedule: Pick<EpochSchedule, 'roundSec'>,
): (told: readonly Telling[], now: Now) => Timing {
  const maxLeadMs = leadOf(schedule)
  const keptMs = roundsKept * schedule.roundSec * 1_000
  const paces = pacesOf(maxLeadMs)
  let looks: readonly Look[] = []

  return (told, { steadyMs, wallMs }) => {
    const at = { steadyMs, maxLeadMs }
    const pair = pairIn(told)
    const pace = paces(told, steadyMs)
    // Of two voices against one no clock makes a tie.
    const isTieBroken =
      pair !== undefined && pair.thirdApartMs > maxLeadMs && bearsOut(wallMs, pair.newestSec)
    const goesOn = ({ atMs, sure }: Look) =>
      typeof sure === 'string' ||
      (pace.sinceOf(sure.while) <= atMs && !isTieBroken && pace.isKeptBy(sure.while))
    looks = looks
      .filter(({ atMs, sure }) => steadyMs - atMs < (sure === 'no' ? bindsForMs : keptMs))
      .map((look) => (goesOn(look) ? look : { ...look, sure: 'no' }))
    if (pair === undefined) return aloneWith(told[0], timingOf(looks, at), maxLeadMs)

    const { apartMs, stampSec, number, olderBy } = pair
    const isAgreed = apartMs <= maxLeadMs
    const isSure = isAgreed || pace.runMs(olderBy) >= keptMs
    const isHeld = pace.isKeptBy(olderBy) && !isTieBroken
    const sure = isSure ? 'yes' : isHeld ? { while: olderBy } : 'no'
    const offsetMs = stampSec * 1_000 - steadyMs
    looks = [...looks, { atMs: steadyMs, offsetMs, sure, number, stampSec } as const].slice(
      -maxLooks,
    )
    const timing = timingOf(looks, at)
    return !isAgreed && pace.knowsTime(olderBy) ? { ...timing, apartMs } : timing
  }
}

/** Who keeps pace with the clock at this moment, and since when. */
type Paces = {
  readonly sinceOf: (by: unknown) => number
  readonly runMs: (by: unknown) => number
  /** Since the start; at the start itself nobody knows who does: the older one may be the honest one. */
  readonly isKeptBy: (by: unknown) => boolean
  readonly knowsTime: (by: unknown) => boolean
}

function pacesOf(maxLeadMs: number): (told: readonly Telling[], steadyMs: number) => Paces {
  /** In this time a node that has stopped falls behind by more than the lead. */
  const paceMs = 2 * maxLeadMs
  const runs = new Map<unknown, Run>()
  let firstMs: number | undefined
  let firstPairMs: number | undefined
  return (told, steadyMs) => {
    noteRuns(runs, told, steadyMs, maxLeadMs)
    if (told.length > 0) firstMs ??= steadyMs
    if (told.length > 1) firstPairMs ??= steadyMs
    const startMs = firstMs ?? steadyMs
    const isYoung = steadyMs - (firstPairMs ?? steadyMs) < paceMs
    const sinceOf = (by: unknown) => runs.get(by)?.sinceMs ?? steadyMs
    const runMs = (by: unknown) => steadyMs - sinceOf(by)
    const knowsTime = (by: unknown) => isYoung || runMs(by) >= paceMs
    // What is owed was promised by the time of who was there then: one that comes later stops none of it.
    const isEarly = (by: unknown) => sinceOf(by) - startMs <= maxLeadMs
    return {
      sinceOf,
      runMs,
      knowsTime,
      isKeptBy: (by) => isYoung || (knowsTime(by) && isEarly(by)),
    }
  }
}

/** What two have told holds back what is owed: nothing new is promised by the time of one alone. */
function aloneWith(one: Telling | undefined, timing: Timing, maxLeadMs: number): Timing {
  const { sureMs = Number.POSITIVE_INFINITY } = timing
  const apartMs = one === undefined ? 0 : one.head.timestampSec * 1_000 - (sureMs - maxLeadMs)
  return apartMs > maxLeadMs ? { ...timing, apartMs } : timing
}

/** The two that have come furthest: neither is ahead of an honest one by the older one's figures. */
function pairIn(told: readonly Telling[]) {
  const [newest, second, third] = told.toSorted(byStamp)
  if (newest === undefined || second === undefined) return undefined
  const { timestampSec: stampSec } = second.head
  return {
    apartMs: (newest.head.timestampSec - stampSec) * 1_000,
    newestSec: newest.head.timestampSec,
    thirdApartMs: third === undefined ? Infinity : (stampSec - third.head.timestampSec) * 1_000,
    stampSec,
    number: told.map(({ head }) => head.number).toSorted(descending)[1] ?? 0,
    olderBy: second.by,
  }
}

type At = { readonly steadyMs: number; readonly maxLeadMs: number }

/** What looks come to. None of the offsets is above the truth, so that the highest is nearest to it. */
function timingOf(looks: readonly Look[], { steadyMs, maxLeadMs }: At): Timing {
  const sureOffset = highestOf(looks.filter(({ sure }) => sure !== 'no'))
  const offset = highestOf(looks)
  return {
    ...(offset !== undefined && {
      line: {
        stampMs: offset + steadyMs,
        maxLeadMs,
        hasNumber: (head) => looks.some((one) => canFollow(head, one, steadyMs)),
      },
    }),
    ...(sureOffset !== undefined && { sureMs: sureOffset + steadyMs + maxLeadMs }),
  }
}

function highestOf(looks: readonly Look[]): number | undefined {
  return looks.length === 0 ? undefined : Math.max(...looks.map(({ offsetMs }) => offsetMs))
}

/** Whether there has been time for so many blocks since a look. */
function canFollow(head: Head, { number, stampSec, atMs }: Look, steadyMs: number): boolean {
  const sinceMs = Math.max(steadyMs - atMs, (head.timestampSec - stampSec) * 1_000)
  return head.number - number <= mostBlocksIn(sinceMs)
}

const descending = (one: number, other: number) => other - one

function byStamp({ head: one }: Telling, { head: other }: Telling): number {
  return other.timestampSec - one.timestampSec
}

function noteRuns(
  runs: Map<unknown, Run>,
  told: readonly Telling[],
  atMs: number,
  maxLeadMs: number,
): void {
  for (const { by, head } of told) {
    const offsetMs = head.timestampSec * 1_000 - atMs
    runs.set(by, runAfter(runs.get(by), { atMs, offsetMs }, maxLeadMs))
  }
}

/** The run of a node after a look: it goes on while its offset stays within the lead of all before. */
function runAfter(
  run: Run | undefined,
  { atMs, offsetMs }: Pick<Look, 'atMs' | 'offsetMs'>,
  maxLeadMs: number,
): Run {
  if (run !== undefined) {
    const lowMs = Math.min(run.lowMs, offsetMs)
    const highMs = Math.max(run.highMs, offsetMs)
    if (highMs - lowMs <= maxLeadMs) return { sinceMs: run.sinceMs, lowMs, highMs }
  }
  return { sinceMs: atMs, lowMs: offsetMs, highMs: offsetMs }
}
