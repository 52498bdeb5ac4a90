/**
 * Which of the nodes' latest blocks is believed. One node may have stopped, another may tell of a
 * block that cannot be: neither may decide what time it is for longer than a moment. Pure.
 */

import type { Head } from '../timeline.ts'

/** A head that was believed, and when. */
export type SeenHead = {
  readonly head: Head
  /** By the clock that never jumps. */
  readonly atMs: number
}

/** Both clocks, milliseconds: the one that never jumps, and the one that tells the time. */
export type Now = { readonly steadyMs: number; readonly wallMs: number }

/** A stamp may be so far ahead of what the last one lets expect. */
const maxLeadMs = 15_000

/** More blocks than any Flare network makes: four a second, and some at once. */
const maxBlocksPerSec = 4
const maxBlocksAtOnce = 20

/** A head that nothing has followed for so long says nothing any more of what may follow. */
const bindsForMs = 30_000

/** An ignored head is worth a line this often at most. */
const ignoredEveryMs = 60_000

/** Whether a block can be the chain's latest, by the wall clock alone. */
function isPlausibleAt({ timestampSec }: Head, { wallMs }: Now): boolean {
  return timestampSec * 1_000 <= wallMs + maxLeadMs
}

/**
 * Whether a block can be the chain's latest, by the one that was seen last. A stamp that the wall
 * clock bears out passes too: a node that catches up, or a machine that slept, takes leaps.
 */
function isPlausibleAfter(seen: SeenHead, head: Head, now: Now): boolean {
  const sinceMs = Math.max(0, now.steadyMs - seen.atMs)
  const leapMs = (head.timestampSec - seen.head.timestampSec) * 1_000
  if (leapMs > sinceMs + maxLeadMs && !isPlausibleAt(head, now)) return false
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
export function isPlausible(head: Head, seen: SeenHead | undefined, now: Now): boolean {
  return seen !== undefined && isBinding(seen, now)
    ? isPlausibleAfter(seen, head, now)
    : isPlausibleAt(head, now)
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
 * The newest of the heads that can be; none if all are implausible. With nothing to go by it is the
 * middle one of those that the wall clock bears out, or else the oldest of all.
 */
export function headAmong(
  heads: readonly Head[],
  seen: SeenHead | undefined,
  now: Now,
): Head | undefined {
  const oldestFirst = (list: readonly Head[]) =>
    list.toSorted((a, b) => (isNewer(a, b) ? 1 : isNewer(b, a) ? -1 : 0))
  if (seen !== undefined && isBinding(seen, now)) {
    return oldestFirst(heads.filter((head) => isPlausibleAfter(seen, head, now))).at(-1)
  }
  const borneOut = oldestFirst(heads.filter((head) => isPlausibleAt(head, now)))
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
