/** Builders: rows of Bitfinex's answer to `/v2/tickers`, which are lists. */

/** Places of a row by what they hold. */
const places = [
  'name',
  'bid',
  'bidSize',
  'ask',
  'askSize',
  'change',
  'changeFraction',
  'last',
  'volume',
  'high',
  'low',
] as const

type Place = (typeof places)[number]

const ordinary: Readonly<Record<Place, unknown>> = {
  name: 'tBTCUSD',
  bid: 73_350,
  bidSize: 2.552_794_57,
  ask: 73_351,
  askSize: 6.360_682_63,
  change: 1_003,
  changeFraction: 0.013_863_74,
  last: 73_350.5,
  volume: 2_638.431_484_4,
  high: 73_583,
  low: 68_643,
}

/** One trading pair. */
export function bitfinexRow(differing: Partial<Record<Place, unknown>> = {}): unknown[] {
  const row = { ...ordinary, ...differing }
  return places.map((place) => row[place])
}

/** A funding currency: longer than a pair's row, and without a pair's prices in its places. */
export function bitfinexFundingRow(symbol: string): unknown[] {
  const book = [0.000_312, 0.000_29, 30, 21_750_321.5, 0.000_31, 2, 2_400_000]
  return [symbol, ...book, -0.000_01, -0.031, 0.000_3, 87e6, 0.000_5, 0.000_1, null, null, 21e6]
}
