/**
 * What is offered in the two reward epochs, in nobody's order, and the order that must come of it:
 * inflation's feeds by id, then the community's by what is offered in sum, ties by id. Three feeds
 * change sides with the epoch, some go, some come, and decimals change.
 */

import { concatHex, type Hex, numberToHex } from 'viem'
import type { InflationOffer } from '../../../local/chain/feeds.ts'
import type { Phase } from './calendar.ts'

/** Names with categories: `2EUR` is EUR/USD of category 2. Decimals of one signed byte. */
type Feeds = readonly (readonly [string, number])[]

/** Whose offers are community's: name and coins. */
type Bids = readonly (readonly [string, number])[]

type Programme = {
  readonly inflation: readonly Feeds[]
  readonly community: readonly Bids[]
  /** By hand: what the protocol makes of it. */
  readonly order: readonly string[]
}

const programmes: Readonly<Record<Phase, Programme>> = {
  before: {
    inflation: [
      [
        ['XRP', 5],
        ['BTC', 2],
        ['2EUR', 5],
        ['LTC', 4],
      ],
      [
        ['SOL', 4],
        ['ADA', 5],
        ['FLR', 6],
        ['DOGE', 5],
        ['ETH', 3],
        // Offered for twice: it stands once.
        ['BTC', 2],
      ],
    ],
    community: [
      [
        ['PEPE', 3],
        ['AAVE', 5],
        ['UNI', 7],
        ['FLR', 99],
      ],
      [
        ['PEPE', 4],
        ['NEW', 1],
      ],
    ],
    order: [
      'ADA',
      'BTC',
      'DOGE',
      'ETH',
      'FLR',
      'LTC',
      'SOL',
      'XRP',
      '2EUR',
      'PEPE',
      'UNI',
      'AAVE',
      'NEW',
    ],
  },
  after: {
    inflation: [
      [
        ['SOL', 3],
        ['AAVE', 4],
        ['XRP', 5],
      ],
      [
        ['FLR', 7],
        ['SHIB', -1],
        ['BTC', 3],
      ],
    ],
    community: [
      [
        ['UNI', 2],
        ['LTC', 6],
      ],
      [
        ['UNI', 2],
        ['DOGE', 9],
      ],
      [['UNI', 2]],
    ],
    order: ['AAVE', 'BTC', 'FLR', 'SHIB', 'SOL', 'XRP', 'DOGE', 'LTC', 'UNI'],
  },
}

/** One coin. */
const coinWei = 10n ** 18n

/** Feed ids in their canonical order. */
export function orderIn(phase: Phase): readonly Hex[] {
  return programmes[phase].order.map(idOf)
}

/** 21 bytes: category, name, zeros. */
export function idOf(name: string): Hex {
  const [category, base] = name.startsWith('2') ? ['02', name.slice(1)] : ['01', name]
  return `0x${category}${Buffer.from(`${base}/USD`).toString('hex').padEnd(40, '0')}`
}

/** As `setInflationOffers` takes them. */
export function inflationIn(phase: Phase): readonly InflationOffer[] {
  return programmes[phase].inflation.map((feeds) => ({
    feedIds: concatHex(feeds.map(([name]) => idOf(name))),
    decimals: concatHex(
      feeds.map(([, decimals]) => numberToHex(decimals, { size: 1, signed: true })),
    ),
    amount: 1_000n * coinWei,
    minRewardedTurnoutBIPS: 5_000,
    primaryBandRewardSharePPM: 400_000,
    secondaryBandWidthPPMs: concatHex(feeds.map(() => numberToHex(900, { size: 3 }))),
    mode: 0,
  }))
}

/** As `offerRewards` takes them, one list a call, and what is to be paid with it. */
export function communityIn(phase: Phase) {
  return programmes[phase].community.map((bids) => ({
    offers: bids.map(([name, coins]) => ({
      amount: BigInt(coins) * coinWei,
      feedId: idOf(name),
      minRewardedTurnoutBIPS: 5_000,
      primaryBandRewardSharePPM: 400_000,
      secondaryBandWidthPPM: 900,
      claimBackAddress: '0x0000000000000000000000000000000000000000',
    })),
    valueWei: bids.reduce((sum, [, coins]) => sum + BigInt(coins) * coinWei, 0n),
  }))
}
