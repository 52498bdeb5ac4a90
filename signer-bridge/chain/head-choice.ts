/**
 * Which of the nodes' latest blocks is believed. One node may have stopped, another may tell of a
 * block that cannot be: neither may decide what time it is for longer than a moment. Pure.
 */

import type { EpochSchedule } from '../../src/protocol/epoch.ts'
import { timetableMs } from '../../src/protocol/timetable.ts'
import type { Head } from '../timeline.ts'

/** A head that was believed, and when. */
export type SeenHead = {
  readonly head: Head
  /** By the clock that never jumps. */
  readonly atMs: number
}

/** Both clocks, milliseconds: the one that never jumps, and the one that tells the time. */
export type Now = { readonly steadyMs: number; readonly wallMs: number }

/** A stamp may be so far ahead of what the last one lets expect, where one node alone tells. */
const maxLeadMs = 15_000

/** What several nodes have told of the time: no stamp is believed that is far above it. */
export type Line = {
  /** Where the stamps stand at this moment, Unix milliseconds; it is never ahead of an honest node. */
  readonly stampMs: number
  /** So far above it a stamp may be. Milliseconds. */
  readonly maxLeadMs: number
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

/**
 * Draws the line from the looks of the last half minute, where `steadyMs` is the moment of this one.
 * The oldest head of a look is no newer than that of an honest node, whatever another one claims; the
 * look that shows the most is nearest to the truth. A look with one answer shows nothing, for that
 * may be the liar's.
 */
export function timeLine(
  leadMs: number,
): (heads: readonly Head[], steadyMs: number) => Line | undefined {
  let looks: readonly { readonly atMs: number; readonly offsetMs: number }[] = []
  return (heads, steadyMs) => {
    looks = looks.filter(({ atMs }) => steadyMs - atMs < bindsForMs)
    if (heads.length > 1) {
      const oldestSec = Math.min(...heads.map(({ timestampSec }) => timestampSec))
      looks = [...looks, { atMs: steadyMs, offsetMs: oldestSec * 1_000 - steadyMs }]
    }
    if (looks.length === 0) return undefined
    const offsetMs = Math.max(...looks.map((look) => look.offsetMs))
    return { stampMs: offsetMs + steadyMs, maxLeadMs: leadMs }
  }
}

/** More blocks than any Flare network makes: four a second, and some at once. */
const maxBlocksPerSec = 4
const maxBlocksAtOnce = 20

/** A head that nothing has followed for so long says nothing any more of what may follow. */
const bindsForMs = 30_000

/** An ignored head is worth a line this often at most. */
const ignoredEveryMs = 60_000

/** Whether a block can be the chain's latest, by the wall clock alone. */
function isPlausibleAt({ timestampSec }: Head, { wallMs }: Now, leadMs = maxLeadMs): boolean {
  return timestampSec * 1_000 <= wallMs + leadMs
}

/**
 * Whether a stamp can be by what several nodes tell. One that the wall clock bears out passes too: a
 * node that has stopped holds the line back.
 */
function isUnder(line: Line, head: Head, now: Now): boolean {
  const leapMs = head.timestampSec * 1_000 - line.stampMs
  return leapMs <= line.maxLeadMs || isPlausibleAt(head, now, line.maxLeadMs)
}

/**
 * Whether a block can be the chain's latest, by the one that was seen last. A stamp that the wall
 * clock bears out passes too: a node that catches up, or a machine that slept, takes leaps.
 */
function isPlausibleAfter(seen: SeenHead, head: Head, now: Now, line?: Line): boolean {
  const sinceMs = Math.max(0, now.steadyMs - seen.atMs)
  const leapMs = (head.timestampSec - seen.head.timestampSec) * 1_000
  // The last one may have been a liar's, so that leads would add up: the line is better.
  const isInTime =
    line === undefined
      ? leapMs <= sinceMs + maxLeadMs || isPlausibleAt(head, now)
      : isUnder(line, head, now)
  if (!isInTime) return false
  const mostBlocks = maxBlocksAtOnce + (Math.max(leapMs, sinceMs) / 1_000) * maxBlocksPerSec
  return head.number - seen.head.number <= mostBlocks
}

/** Whether the head that was seen last is young enough to be gone by. */
function isBinding(seen: SeenHead, { steadyMs }: Now): boolean {
  return steadyMs - seen.atMs < bindsForMs
}

/** Later by its stamp, which is what the bridge goes by, or else by its number. */
function isNewer(head: Head, than: Head): boolean {
  return head.timestampSec === than.timestampSec
    ? head.number > than.number
    : head.timestampSec > than.timestampSec
}

/** Whether a block can be the chain's latest, by all that there is to go by. */
export function isPlausible(
  head: Head,
  seen: SeenHead | undefined,
  now: Now,
  line?: Line,
): boolean {
  if (seen !== undefined && isBinding(seen, now)) return isPlausibleAfter(seen, head, now, line)
  return line === undefined ? isPlausibleAt(head, now) : isUnder(line, head, now)
}

/**
 * What a head is beside the one that was seen last. A node that is behind shows what is known. A
 * bogus number is outlived by the stamps, and a bogus stamp, once nothing has followed it, by the
 * wall clock.
 */
export function noveltyOf(
  head: Head,
  seen: SeenHead | undefined,
  now: Now,
): 'new' | 'known' | 'implausible' {
  if (seen === undefined || isNewer(head, seen.head)) {
    const isBound = seen !== undefined && isBinding(seen, now)
    return isBound && !isPlausibleAfter(seen, head, now) ? 'implausible' : 'new'
  }
  return isBinding(seen, now) || isPlausibleAt(seen.head, now) ? 'known' : 'new'
}

/**
 * The newest of the heads that can be; none if all are implausible. With no head to go by it is the
 * middle one of those that the line or the wall clock bears out, or else the oldest of all.
 *
 * @param line What several nodes tell of the time, if several do.
 */
export function headAmong(
  heads: readonly Head[],
  seen: SeenHead | undefined,
  now: Now,
  line?: Line,
): Head | undefined {
  const oldestFirst = (list: readonly Head[]) =>
    list.toSorted((a, b) => (isNewer(a, b) ? 1 : isNewer(b, a) ? -1 : 0))
  if (seen !== undefined && isBinding(seen, now)) {
    return oldestFirst(heads.filter((head) => isPlausibleAfter(seen, head, now, line))).at(-1)
  }
  const borneOut = oldestFirst(heads.filter((head) => isPlausible(head, seen, now, line)))
  return borneOut[Math.floor((borneOut.length - 1) / 2)] ?? oldestFirst(heads)[0]
}

/** Says `true` once a minute at most: a node that is wrong is wrong often. */
export function onceAMinute(): (steadyMs: number) => boolean {
  let saidAtMs = Number.NEGATIVE_INFINITY
  return (steadyMs) => {
    if (steadyMs - saidAtMs < ignoredEveryMs) return false
    saidAtMs = steadyMs
    return true
  }
}
