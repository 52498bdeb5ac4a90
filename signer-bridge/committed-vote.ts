/**
 * Which vote a commit on chain is of, where another bridge of ours has left out other prices than this
 * one: both have the same frozen values and the same random, and differ only in which slots are empty,
 * for each holds prices against the medians that it knew at that instant. So the slots are tried: those
 * in doubt in every combination, then any few. Whatever is found hashes to the commit, or it is not found.
 */

import { type Address, type Hex, sliceHex, size } from 'viem'
import { maxFeeds } from '../src/protocol/bridge-wire.ts'
import { commitHash, decodeReveal } from '../src/protocol/commit.ts'
import { ProtocolError } from '../src/protocol/errors.ts'
import type { Strayed } from './policy/price-guard.ts'
import type { Vote } from './vote.ts'

/** Every combination of so many feeds in doubt is tried: 1 024. */
const maxDoubts = 10

/** And of any other feeds so many at once; of 63 these are some 42 000. */
const maxOthers = 3

/** A hash takes some 60 µs: 3 s in all, of a reveal's 35. */
const maxTries = 50_000

/** So many in a row, 12 ms, before others have their turn. */
const triesAtOnce = 200

/** Whether a vote's own bytes hash to a commit, whatever is noted beside them. */
export function isOfCommit(vote: Omit<Vote, 'commit'>, commit: Hex): boolean {
  return commitHash(vote) === commit
}

/** Whether the payload of a reveal is that of a commit. Anybody's: one that is none opens nothing. */
export function opens(
  payload: Hex,
  of: { readonly submitAddress: Address; readonly votingRoundId: number },
  commit: Hex,
): boolean {
  try {
    return commitHash({ ...of, ...decodeReveal(payload, maxFeeds) }) === commit
  } catch (error) {
    if (error instanceof ProtocolError) return false
    throw error
  }
}

export type Search = {
  /** What is held of the round. */
  readonly held: readonly Vote[]
  readonly commit: Hex
  /** Places of feeds whose price the other may have judged otherwise, the likeliest first. */
  readonly doubts: readonly number[]
  /** Places that this bridge would leave empty by what it knows now. */
  readonly leftOut: readonly number[]
  /** Resolves once others have had their turn. */
  readonly breathe: () => Promise<unknown>
}

/** The vote of a commit; `undefined` if it is of other values, of another random, or too far to find. */
export async function voteCommittedTo(search: Search): Promise<Vote | undefined> {
  const { held, commit, breathe } = search
  const known = held.find((vote) => isOfCommit(vote, commit))
  const full = fullestOf(held)
  if (known !== undefined || full === undefined) return known && { ...known, commit }
  const slots = slotsOf(full.feedValues)
  let tries = 0
  for (const empty of emptySets(search, filledIn(full))) {
    const vote = { ...full, feedValues: withoutSlots(slots, empty) }
    if (isOfCommit(vote, commit)) return { ...vote, commit }
    tries += 1
    if (tries >= maxTries) return undefined
    if (tries % triesAtOnce === 0) await breathe()
  }
  return undefined
}

/** Of the votes of a vector the one with most values: it has all that was frozen. */
export function fullestOf(held: readonly Vote[]): Vote | undefined {
  return held.toSorted((one, other) => filledIn(other).length - filledIn(one).length)[0]
}

/**
 * The order of doubt: a price near the line at which it is left out may be judged otherwise by medians
 * that are a round older, one far beyond it hardly.
 *
 * @param places Of each feed, by its id in lower case.
 */
export function doubtsOf(
  strayed: readonly Strayed[],
  places: ReadonlyMap<string, number>,
): Pick<Search, 'doubts' | 'leftOut'> {
  const off = ({ deviation }: Strayed) => Math.abs(deviation)
  const out = strayed.filter(({ isLeftOut }) => isLeftOut)
  const kept = strayed.filter(({ isLeftOut }) => !isLeftOut)
  const line = out.length > 0 ? Math.min(...out.map(off)) : Math.max(0, ...kept.map(off))
  const nearest = strayed.toSorted(
    (one, other) => Math.abs(off(one) - line) - Math.abs(off(other) - line),
  )
  const placesOf = (feeds: readonly Strayed[]) =>
    feeds.flatMap(({ id }) => places.get(id.toLowerCase()) ?? [])
  return { doubts: placesOf(nearest), leftOut: placesOf(out) }
}

/** Sets of slots to leave empty, the likeliest first. */
function* emptySets(
  { doubts, leftOut }: Pick<Search, 'doubts' | 'leftOut'>,
  filled: readonly number[],
): Generator<ReadonlySet<number>> {
  const doubtful = doubts.filter((place) => filled.includes(place)).slice(0, maxDoubts)
  for (let bits = 0; bits < 2 ** doubtful.length; bits += 1) {
    yield toggled(
      leftOut,
      doubtful.filter((_, i) => (bits >> i) % 2 === 1),
    )
  }
  const starts = leftOut.length === 0 ? [[]] : [leftOut, []]
  for (let count = 1; count <= maxOthers; count += 1) {
    for (const start of starts) {
      for (const few of combinations(filled, count)) yield toggled(start, few)
    }
  }
}

function toggled(start: readonly number[], places: readonly number[]): ReadonlySet<number> {
  const set = new Set(start)
  for (const place of places) {
    if (!set.delete(place)) set.add(place)
  }
  return set
}

function* combinations(
  places: readonly number[],
  count: number,
  from = 0,
): Generator<readonly number[]> {
  if (count === 0) {
    yield []
    return
  }
  for (const [i, place] of places.entries()) {
    if (i < from) continue
    for (const rest of combinations(places, count - 1, i + 1)) yield [place, ...rest]
  }
}

const slotBytes = 4
const emptySlot = '00000000'

function slotsOf(feedValues: Hex): readonly string[] {
  return Array.from({ length: size(feedValues) / slotBytes }, (_, i) =>
    sliceHex(feedValues, i * slotBytes, (i + 1) * slotBytes).slice(2),
  )
}

function filledIn({ feedValues }: Vote): readonly number[] {
  return slotsOf(feedValues).flatMap((slot, place) => (slot === emptySlot ? [] : [place]))
}

/** As a vector is encoded: empty slots at its end are left out, all but the first. */
function withoutSlots(slots: readonly string[], empty: ReadonlySet<number>): Hex {
  const kept = slots.map((slot, place) => (empty.has(place) ? emptySlot : slot))
  const last = kept.findLastIndex((slot) => slot !== emptySlot)
  return `0x${kept.slice(0, Math.max(last + 1, 1)).join('')}`
}
