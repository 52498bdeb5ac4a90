/**
 * The assets that the tape plays: all bases of Flare's 63 feeds, and DAI, by whose markets venues
 * price USDS. Levels are those of a plausible day in 2026; nothing here claims to be history.
 */

/** What moves an asset: the market as a whole and itself, or a peg that it returns to. */
type AssetKind = 'floating' | 'pegged'

export type Asset = {
  /** The base of the feed: `BTC`. */
  readonly base: string
  readonly kind: AssetKind
  /** US dollars for one unit, where the tape begins. */
  readonly levelUsd: number
  /** Worth of what all venues trade in 24 hours, US dollars. */
  readonly turnoverUsd: number
  /** Annualised volatility of a floating asset; distance from the peg (one sd) of a pegged one. */
  readonly volatility: number
  /** Correlation of its returns with the market's, 0 to 1. */
  readonly marketCorrelation: number
  /** Decimals that venues quote it with, in USD or a dollar stablecoin. */
  readonly decimals: number
}

/** `[base, level, turnover in millions, annual volatility, market correlation, decimals]` */
const floating = [
  ['BTC', 84_350, 9_000, 0.52, 0.94, 2],
  ['ETH', 2_870, 6_500, 0.7, 0.9, 2],
  ['XRP', 1.98, 1_700, 0.78, 0.82, 4],
  ['SOL', 128.4, 1_900, 0.82, 0.86, 2],
  ['BNB', 862, 1_500, 0.58, 0.8, 2],
  ['DOGE', 0.1252, 1_200, 0.92, 0.84, 5],
  ['ADA', 0.3614, 620, 0.86, 0.84, 4],
  ['TRX', 0.2853, 540, 0.38, 0.5, 4],
  ['LINK', 12.62, 480, 0.86, 0.84, 3],
  ['AVAX', 12.41, 390, 0.88, 0.84, 3],
  ['SUI', 1.452, 720, 0.98, 0.82, 4],
  ['HYPE', 25.4, 410, 1.02, 0.6, 3],
  ['XLM', 0.2148, 180, 0.82, 0.8, 5],
  ['LTC', 78.6, 420, 0.74, 0.8, 2],
  ['BCH', 588, 390, 0.76, 0.72, 1],
  ['HBAR', 0.1124, 210, 0.9, 0.8, 5],
  ['SHIB', 0.000_013_12, 160, 0.88, 0.8, 8],
  ['GRAM', 2.91, 240, 0.78, 0.62, 4],
  ['DOT', 1.82, 190, 0.86, 0.82, 4],
  ['UNI', 5.92, 230, 0.94, 0.78, 3],
  ['LEO', 8.94, 4, 0.24, 0.15, 3],
  ['PEPE', 0.000_011_24, 420, 1.12, 0.78, 8],
  ['AAVE', 152.3, 260, 0.94, 0.8, 2],
  ['NEAR', 1.524, 210, 0.94, 0.8, 4],
  ['ICP', 3.046, 110, 0.9, 0.72, 4],
  ['ETC', 12.31, 90, 0.78, 0.8, 3],
  ['APT', 1.622, 110, 0.92, 0.78, 4],
  ['ONDO', 0.3912, 120, 0.96, 0.76, 5],
  ['POL', 0.1083, 85, 0.92, 0.78, 5],
  ['ARB', 0.1912, 140, 0.96, 0.8, 5],
  ['ATOM', 1.978, 95, 0.86, 0.78, 4],
  ['ENA', 0.2052, 210, 1.16, 0.76, 5],
  ['RENDER', 1.322, 70, 0.98, 0.76, 4],
  ['FET', 0.2084, 90, 1.04, 0.76, 5],
  ['FIL', 1.294, 130, 0.92, 0.78, 4],
  ['TAO', 222.4, 150, 0.98, 0.7, 2],
  ['OP', 0.2711, 90, 0.98, 0.8, 5],
  ['BONK', 0.000_014_84, 120, 1.16, 0.76, 8],
  ['JUP', 0.1893, 55, 0.98, 0.74, 5],
  ['WIF', 0.3321, 95, 1.2, 0.76, 5],
  ['PENGU', 0.009_31, 140, 1.24, 0.72, 6],
  ['TRUMP', 4.953, 110, 0.94, 0.6, 3],
  ['QNT', 74.5, 22, 0.8, 0.66, 2],
  ['ALGO', 0.1121, 60, 0.86, 0.8, 5],
  ['S', 0.0725, 45, 1.02, 0.74, 5],
  ['ETHFI', 0.6914, 50, 1.08, 0.74, 4],
  ['PYTH', 0.0592, 40, 1.04, 0.74, 5],
  ['HNT', 1.384, 12, 0.9, 0.6, 4],
  ['NOT', 0.000_511, 25, 1.1, 0.66, 7],
  ['RUNE', 0.5612, 65, 1, 0.72, 4],
  ['BERA', 0.5814, 30, 1.1, 0.66, 4],
  ['PUMP', 0.001_822, 190, 1.3, 0.62, 6],
  ['XPL', 0.1281, 95, 1.26, 0.62, 5],
  ['MON', 0.019_21, 80, 1.22, 0.55, 6],
  ['NIGHT', 0.061_52, 160, 1.2, 0.5, 6],
  ['PAXG', 4_352, 260, 0.18, 0.1, 2],
  ['FLR', 0.010_82, 12, 0.86, 0.55, 6],
  ['SGB', 0.001_052, 0.6, 0.9, 0.35, 7],
  ['XDC', 0.048_53, 38, 0.62, 0.4, 6],
] as const

/** `[base, level, turnover in millions, sd of the distance from the peg, decimals]` */
const pegged = [
  ['USDT', 0.9995, 900, 0.000_2, 5],
  ['USDC', 0.9999, 2_200, 0.000_08, 5],
  ['USDS', 0.9998, 12, 0.000_12, 5],
  ['DAI', 0.9999, 25, 0.000_1, 5],
  ['USDX', 0.9984, 1.5, 0.000_4, 5],
] as const

export const assets: readonly Asset[] = [
  ...floating.map(
    ([base, levelUsd, turnoverMillions, volatility, marketCorrelation, decimals]) => ({
      base,
      kind: 'floating' as const,
      levelUsd,
      turnoverUsd: turnoverMillions * 1e6,
      volatility,
      marketCorrelation,
      decimals,
    }),
  ),
  ...pegged.map(([base, levelUsd, turnoverMillions, volatility, decimals]) => ({
    base,
    kind: 'pegged' as const,
    levelUsd,
    turnoverUsd: turnoverMillions * 1e6,
    volatility,
    marketCorrelation: 0,
    decimals,
  })),
]

export const assetByBase: ReadonlyMap<string, Asset> = new Map(
  assets.map((asset) => [asset.base, asset]),
)
