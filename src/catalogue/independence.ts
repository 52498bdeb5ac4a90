/**
 * Which sources are not independent of each other: one book shown under several names is one vote,
 * however many show it.
 */

/**
 * From a source to the group that it votes in. A source that is not named here is a group by itself.
 *
 * `binance-books`: at one instant of 2024-03-13 Bitrue and MEXC both showed Binance's own 73369.83 /
 * 73369.84 for BTC/USDT and DigiFinex 73368.2 / 73368.21, when ten venues lay 16 bps apart (recorded
 * answers). `coinbase-books`: Advanced Trade and Exchange are two doors to the same books.
 */
export const independenceGroups: Readonly<Record<string, string>> = {
  binance: 'binance-books',
  mexc: 'binance-books',
  bitrue: 'binance-books',
  digifinex: 'binance-books',
  coinbase: 'coinbase-books',
  'coinbase-exchange': 'coinbase-books',
}

/** The group in which a source votes. */
export function groupOf(source: string): string {
  return independenceGroups[source] ?? source
}

/** How many independent votes some sources have between them. */
export function independentCount(sources: Iterable<string>): number {
  return new Set([...sources].map(groupOf)).size
}
