/**
 * Which of the nodes' latest blocks is believed. One node may have stopped, another may tell of a
 * block that cannot be: neither may decide what time it is for longer than a moment. Pure.
 */

import type { Head } from '../timeline.ts'
import { type Line, mostBlocksIn, type Now } from './time-line.ts'

/** A head that was believed, and when. */
export type SeenHead = {
  readonly head: Head
  /** By the clock that never jumps. */
  readonly atMs: number
}

/** A stamp may be so far ahead of what the last one lets expect, where one node alone tells. */
const maxLeadMs = 15_000

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
  return isBelow(line, head) || isPlausibleAt(head, now, line.maxLeadMs)
}

function isBelow(line: Line, head: Head): boolean {
  return head.timestampSec * 1_000 - line.stampMs <= line.maxLeadMs
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
  // A liar's number, too low, would make every true one seem too high.
  return line === undefined
    ? head.number - seen.head.number <= mostBlocksIn(Math.max(leapMs, sinceMs))
    : line.hasNumber(head)
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
 *
 * @param isJudged Whether it was held against what several nodes tell: that says more than one head.
 */
export function noveltyOf(
  head: Head,
  seen: SeenHead | undefined,
  now: Now,
  isJudged = false,
): 'new' | 'known' | 'implausible' {
  if (seen === undefined || isNewer(head, seen.head)) {
    const isBound = seen !== undefined && isBinding(seen, now) && !isJudged
    return isBound && !isPlausibleAfter(seen, head, now) ? 'implausible' : 'new'
  }
  return isBinding(seen, now) || isPlausibleAt(seen.head, now) ? 'known' : 'new'
}

/**
 * The newest of the heads that can be; none if all are implausible. With no head to go by it is the
 * newest under the line, or else the middle one of those that the wall clock bears out, or else the
 * oldest of all.
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
  const underLine = oldestFirst(
    heads.filter((head) => line !== undefined && isBelow(line, head) && line.hasNumber(head)),
  ).at(-1)
  if (underLine !== undefined) return underLine
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
