/**
 * What providers say of the feeds: prices that differ a little, holes, and some feeds with a quirk.
 * Nobody knows one of them, only voters without weight another, only two of equal weight a third.
 */

import { concatHex, type Hex, numberToHex } from 'viem'
import { chance } from '../simulated-providers.ts'
import { phaseOf } from './calendar.ts'
import { type Provider, seed } from './cast.ts'
import { idOf, orderIn } from './offers.ts'

const silentFeed = idOf('LTC')
const weightlessFeed = idOf('XRP')
/**
 * Half of its weight is reached exactly, and weightless voters may stand in the middle; all below
 * zero, so that a mean has to be rounded downwards.
 */
const pairFeed = idOf('FLR')
/** So few values that many are equal. */
const coarseFeed = idOf('DOGE')

/** 4 bytes a feed, the empty ones at the end cut off but one. */
export function vectorOf(provider: Provider, round: number): Hex {
  const slots = orderIn(phaseOf(round)).map((id) => slotOf(provider, round, id))
  const last = slots.findLastIndex((slot) => slot !== 0)
  return concatHex(
    slots.slice(0, Math.max(last + 1, 1)).map((slot) => numberToHex(slot, { size: 4 })),
  )
}

/** 0 where there is no value. */
function slotOf(provider: Provider, round: number, id: Hex): number {
  const { key, part } = provider
  const own = chance(seed, 'own', key, round, id)
  const price = 1_000 + chance(seed, 'price', id, round) * 1e6
  const value = Math.round(price * (1 + 0.02 * own))
  switch (id) {
    case silentFeed:
      return 0
    case weightlessFeed:
      return part === 'weightless' ? encoded(value) : 0
    case pairFeed:
      return part === undefined ? 0 : encoded(-value)
    case coarseFeed:
      return encoded(100 + Math.floor(own * 3))
    default:
      return chance(seed, 'empty', key, round, id) < 0.05 ? 0 : encoded(value)
  }
}

function encoded(value: number): number {
  return value + 2 ** 31
}
