/**
 * What the local chain offers rewards for: the feeds of Flare's reward epoch 392 with their decimals
 * and band widths, TON by its name since mid 2026, in two offers that are in nobody's order.
 */

import { concatHex, type Hex, numberToHex } from 'viem'
import { feedId, feedSymbol } from '../../src/protocol/feed.ts'

export type OfferedFeed = {
  readonly base: string
  readonly decimals: number
  /** Width of the secondary reward band, parts per million of the price. */
  readonly bandPpm: number
}

/** As `FtsoRewardOffersManager.setInflationOffers` takes it. */
export type InflationOffer = {
  readonly feedIds: Hex
  readonly decimals: Hex
  readonly amount: bigint
  readonly minRewardedTurnoutBIPS: number
  readonly primaryBandRewardSharePPM: number
  readonly secondaryBandWidthPPMs: Hex
  readonly mode: number
}

const crypto = 1

/** Base, decimals, band width. */
const flareFeeds: readonly (readonly [string, number, number])[] = [
  ['AAVE', 4, 900],
  ['ADA', 5, 900],
  ['ALGO', 5, 900],
  ['APT', 5, 1150],
  ['ARB', 5, 1150],
  ['ATOM', 5, 900],
  ['AVAX', 5, 900],
  ['BCH', 4, 500],
  ['BERA', 5, 1400],
  ['BNB', 4, 500],
  ['BONK', 9, 1400],
  ['BTC', 2, 500],
  ['DOGE', 5, 900],
  ['DOT', 5, 1150],
  ['ENA', 5, 1400],
  ['ETC', 5, 900],
  ['ETH', 3, 500],
  ['ETHFI', 5, 1400],
  ['FET', 5, 1150],
  ['FIL', 5, 1150],
  ['FLR', 6, 1150],
  ['GRAM', 5, 1150],
  ['HBAR', 5, 900],
  ['HNT', 5, 900],
  ['HYPE', 5, 1150],
  ['ICP', 5, 900],
  ['JUP', 5, 1150],
  ['LEO', 5, 1600],
  ['LINK', 5, 900],
  ['LTC', 4, 900],
  ['MON', 7, 1400],
  ['NEAR', 5, 900],
  ['NIGHT', 6, 1400],
  ['NOT', 7, 1400],
  ['ONDO', 5, 1150],
  ['OP', 5, 1150],
  ['PAXG', 3, 500],
  ['PENGU', 6, 1400],
  ['PEPE', 10, 1150],
  ['POL', 5, 900],
  ['PUMP', 7, 1400],
  ['PYTH', 5, 1150],
  ['QNT', 4, 1150],
  ['RENDER', 5, 1400],
  ['RUNE', 5, 1150],
  ['S', 5, 1400],
  ['SGB', 7, 1400],
  ['SHIB', 9, 900],
  ['SOL', 4, 900],
  ['SUI', 5, 1150],
  ['TAO', 4, 1150],
  ['TRUMP', 5, 1400],
  ['TRX', 5, 500],
  ['UNI', 5, 1150],
  ['USDC', 5, 100],
  ['USDS', 5, 100],
  ['USDT', 5, 100],
  ['USDX', 5, 200],
  ['WIF', 5, 1400],
  ['XDC', 6, 500],
  ['XLM', 6, 900],
  ['XPL', 5, 1400],
  ['XRP', 5, 900],
]

/** In their canonical order. */
export const offeredFeeds: readonly OfferedFeed[] = flareFeeds.map(([base, decimals, bandPpm]) => ({
  base,
  decimals,
  bandPpm,
}))

/** Feeds with a band wider than this are in the second offer. Parts per million. */
const narrowBandPpm = 900

/** Of each offer: half of what Flare's inflation gave all anchor feeds in reward epoch 392. */
const amountWei = 5_343_802n * 10n ** 18n

/** The offers of every reward epoch. */
export function inflationOffers(): readonly InflationOffer[] {
  const isNarrow = ({ bandPpm }: OfferedFeed): boolean => bandPpm <= narrowBandPpm
  return [offeredFeeds.filter(isNarrow), offeredFeeds.filter((feed) => !isNarrow(feed))].map(
    offerOf,
  )
}

function offerOf(feeds: readonly OfferedFeed[]): InflationOffer {
  return {
    feedIds: concatHex(
      feeds.map(({ base }) => feedId({ symbol: feedSymbol(base), category: crypto })),
    ),
    decimals: concatHex(
      feeds.map(({ decimals }) => numberToHex(decimals, { size: 1, signed: true })),
    ),
    amount: amountWei,
    minRewardedTurnoutBIPS: 5_000,
    primaryBandRewardSharePPM: 400_000,
    secondaryBandWidthPPMs: concatHex(
      feeds.map(({ bandPpm }) => numberToHex(bandPpm, { size: 3 })),
    ),
    mode: 0,
  }
}
