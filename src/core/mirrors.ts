/**
 * The detector of mirrors: exchanges that show another's book under a name of their own have one
 * vote together and not two. It counts, for each pair, how often both moved and to the very same
 * place, and says whom it suspects; it decides nothing, since a group is an operator's word.
 */

/** What of a quote the detector looks at; prices in the feed's quote currency. */
export type MirroredQuote = {
  readonly source: string
  readonly price: number
  readonly bid?: number
  readonly ask?: number
}

type LastSaid = {
  readonly price: number
  /** 0 where there is no book. */
  readonly bid: number
  readonly ask: number
  /** The last tick that it was seen in, by number. */
  readonly tick: number
}

/** Plain data of bounded size: at most `maxSlots` sources, and a count or two for each pair. */
export type MirrorMemory = {
  /** Ticks seen. */
  readonly tick: number
  /** Sources by slot. */
  readonly slots: readonly string[]
  readonly last: readonly LastSaid[]
  /** By pair: ticks in which both moved, and those of them in which both came to the same place. */
  readonly moved: readonly number[]
  readonly same: readonly number[]
}

export type SuspectedMirror = {
  /** The two, sorted by name. */
  readonly sources: readonly string[]
  /** How often both came to the same place when both moved, 0 to 1. */
  readonly share: number
  /** How often both moved, decaying. */
  readonly ticks: number
}

/** Sources that are compared. One more takes the place of the one that was not seen for longest. */
export const maxSlots = 64

/** Two prices or books this near are the same, as a fraction: a hundredth of a basis point. */
const nearness = 1e-6

/** At so many ticks of a pair its counts are halved, so that what was long ago fades. */
const mostTicks = 1_000

/** Fewer ticks in which both moved prove nothing. */
const leastTicks = 30

/**
 * How far above that of the feed's median pair a share must lie. Independent books hardly ever meet,
 * and where prices move in few large steps all pairs do, none of them being a mirror for it. A mirror
 * of a lively book that is asked half a second later meets it far from always.
 */
const aboveMedian = 0.3

/** What is taken for the median where there is but one pair to look at. */
const shareOfLonePair = 0.3

/** Standard errors that a share has to be above its bar by. */
const certainty = 3

/** A memory that has seen nothing. */
export const noMirrors: MirrorMemory = { tick: 0, slots: [], last: [], moved: [], same: [] }

type Draft = {
  readonly tick: number
  readonly slots: string[]
  readonly last: LastSaid[]
  readonly moved: number[]
  readonly same: number[]
}

/**
 * The memory after a tick.
 *
 * @param quotes At most one a source; of several the last counts.
 */
export function mirrorsAfter(memory: MirrorMemory, quotes: readonly MirroredQuote[]): MirrorMemory {
  const draft: Draft = {
    tick: memory.tick + 1,
    slots: [...memory.slots],
    last: [...memory.last],
    moved: [...memory.moved],
    same: [...memory.same],
  }
  const movers = new Map<number, LastSaid>()
  for (const quote of quotes.slice(0, maxSlots)) {
    if (!(quote.price > 0)) continue
    const slot = slotOf(quote.source, draft)
    const said = saidOf(quote, draft.tick)
    const before = draft.last[slot]
    if (before !== undefined && before.price > 0 && isMove(before, said)) movers.set(slot, said)
    draft.last[slot] = said
  }
  countPairs([...movers], draft)
  return draft
}

/**
 * The pairs that meet too often to be independent, the most suspicious first. Where most pairs of a
 * feed are mirrors of one book none stands out, and none is named.
 */
export function suspectedMirrors({ slots, moved, same }: MirrorMemory): SuspectedMirror[] {
  const pairs = slots.flatMap((left, i) =>
    slots.slice(0, i).flatMap((right, j) => {
      const ticks = moved[pairIndex(i, j)] ?? 0
      if (ticks < leastTicks) return []
      const sources = left < right ? [left, right] : [right, left]
      return [{ sources, share: (same[pairIndex(i, j)] ?? 0) / ticks, ticks }]
    }),
  )
  const shares = pairs.map(({ share }) => share).sort((left, right) => left - right)
  const usual = pairs.length > 1 ? (shares[(shares.length - 1) >> 1] ?? 0) : shareOfLonePair
  const bar = Math.min(usual + aboveMedian, 1)
  return pairs
    .filter(({ share, ticks }) => share - certainty * Math.sqrt((bar * (1 - bar)) / ticks) > bar)
    .sort((left, right) => right.share - left.share)
}

function countPairs(movers: readonly (readonly [number, LastSaid])[], draft: Draft): void {
  movers.forEach(([left, leftSaid], i) => {
    for (const [right, rightSaid] of movers.slice(0, i)) {
      const pair = pairIndex(Math.max(left, right), Math.min(left, right))
      draft.moved[pair] = (draft.moved[pair] ?? 0) + 1
      if (isSamePlace(leftSaid, rightSaid)) draft.same[pair] = (draft.same[pair] ?? 0) + 1
      if (draft.moved[pair] < mostTicks) continue
      draft.moved[pair] = draft.moved[pair] >> 1
      draft.same[pair] = (draft.same[pair] ?? 0) >> 1
    }
  })
}

/** The slot of a source; a new one's is the next, or that of the source not seen for longest. */
function slotOf(source: string, draft: Draft): number {
  const known = draft.slots.indexOf(source)
  if (known >= 0) return known
  let slot = draft.slots.length
  if (slot >= maxSlots) {
    slot = draft.last.reduce(
      (oldest, { tick }, at) => (tick < (draft.last[oldest]?.tick ?? 0) ? at : oldest),
      0,
    )
  }
  draft.slots[slot] = source
  draft.last[slot] = { price: 0, bid: 0, ask: 0, tick: draft.tick }
  for (let other = 0; other < draft.slots.length; other += 1) {
    if (other === slot) continue
    const pair = pairIndex(Math.max(slot, other), Math.min(slot, other))
    draft.moved[pair] = 0
    draft.same[pair] = 0
  }
  return slot
}

/** Pairs in a triangle, row after row: a source more adds a row, and moves nothing. */
function pairIndex(higher: number, lower: number): number {
  return (higher * (higher - 1)) / 2 + lower
}

function saidOf({ price, bid = 0, ask = 0 }: MirroredQuote, tick: number): LastSaid {
  return bid > 0 && ask > 0 ? { price, bid, ask, tick } : { price, bid: 0, ask: 0, tick }
}

/** A quote that merely stands says nothing about whose it is. */
function isMove(before: LastSaid, now: LastSaid): boolean {
  return before.price !== now.price || before.bid !== now.bid || before.ask !== now.ask
}

/** By the books where both show one, else by the prices. */
function isSamePlace(left: LastSaid, right: LastSaid): boolean {
  if (left.bid > 0 && right.bid > 0) {
    return isNear(left.bid, right.bid) && isNear(left.ask, right.ask)
  }
  return isNear(left.price, right.price)
}

function isNear(left: number, right: number): boolean {
  return Math.abs(left - right) <= nearness * left
}
