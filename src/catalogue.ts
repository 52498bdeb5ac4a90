/**
 * The catalogue: the feeds we price, and the markets that inform each of them, by exchange.
 *
 * Of Flare's 63 feeds it has those that at least two of Binance, Coinbase and Kraken trade. Which
 * exchange trades what is known from Flare's own list of sources (March 2026) and, where that names
 * another exchange only, from published lists of Kraken's (August 2025) and Coinbase's (early 2026)
 * markets; a market that has gone since is refused by its exchange and left out by the collector.
 * Decimals are those of Flare's reward epoch 392.
 */

import type { Listing } from './core/normalise.ts'
import { type Feed, feedSymbol, type FeedSymbol, symbolSchema } from './protocol/feed.ts'

export type CatalogueFeed = Feed & {
  /** At most one a source: a source has one vote. */
  readonly listings: readonly Listing[]
}
export type Catalogue = readonly CatalogueFeed[]

/** A feed with fewer sources than this has nobody to contradict a wrong one. */
const minListings = 2

/** The first byte of every id below. */
const crypto = 1

/** In order of their symbols. */
export const catalogue: Catalogue = [
  feed('AAVE', 4, { binance: 'AAVEUSDT', coinbase: 'AAVE-USD', kraken: 'AAVEUSD' }),
  feed('ADA', 5, { binance: 'ADAUSDT', coinbase: 'ADA-USD', kraken: 'ADAUSD' }),
  feed('ALGO', 5, { binance: 'ALGOUSDT', coinbase: 'ALGO-USD', kraken: 'ALGOUSD' }),
  feed('APT', 5, { binance: 'APTUSDT', coinbase: 'APT-USD', kraken: 'APTUSD' }),
  feed('ARB', 5, { binance: 'ARBUSDT', coinbase: 'ARB-USD', kraken: 'ARBUSD' }),
  feed('ATOM', 5, { binance: 'ATOMUSDT', coinbase: 'ATOM-USD', kraken: 'ATOMUSD' }),
  feed('AVAX', 5, { binance: 'AVAXUSDT', coinbase: 'AVAX-USD', kraken: 'AVAXUSD' }),
  feed('BCH', 4, { binance: 'BCHUSDT', coinbase: 'BCH-USD', kraken: 'BCHUSD' }),
  feed('BERA', 5, { binance: 'BERAUSDT', coinbase: 'BERA-USD', kraken: 'BERAUSD' }),
  feed('BNB', 4, { binance: 'BNBUSDT', coinbase: 'BNB-USD', kraken: 'BNBUSD' }),
  feed('BONK', 9, { binance: 'BONKUSDT', coinbase: 'BONK-USD', kraken: 'BONKUSD' }),
  feed('BTC', 2, { binance: 'BTCUSDT', coinbase: 'BTC-USD', kraken: 'XBTUSD' }),
  feed('DOGE', 5, { binance: 'DOGEUSDT', coinbase: 'DOGE-USD', kraken: 'XDGUSD' }),
  feed('DOT', 5, { binance: 'DOTUSDT', coinbase: 'DOT-USD', kraken: 'DOTUSD' }),
  feed('ENA', 5, { binance: 'ENAUSDT', coinbase: 'ENA-USD', kraken: 'ENAUSD' }),
  feed('ETC', 5, { binance: 'ETCUSDT', coinbase: 'ETC-USD', kraken: 'ETCUSD' }),
  feed('ETH', 3, { binance: 'ETHUSDT', coinbase: 'ETH-USD', kraken: 'ETHUSD' }),
  feed('ETHFI', 5, { binance: 'ETHFIUSDT', coinbase: 'ETHFI-USD', kraken: 'ETHFIUSD' }),
  feed('FET', 5, { binance: 'FETUSDT', coinbase: 'FET-USD', kraken: 'FETUSD' }),
  feed('FIL', 5, { binance: 'FILUSDT', coinbase: 'FIL-USD', kraken: 'FILUSD' }),
  feed('FLR', 6, { coinbase: 'FLR-USD', kraken: 'FLRUSD' }),
  feed('HBAR', 5, { binance: 'HBARUSDT', coinbase: 'HBAR-USD', kraken: 'HBARUSD' }),
  feed('HNT', 5, { coinbase: 'HNT-USD', kraken: 'HNTUSD' }),
  feed('ICP', 5, { binance: 'ICPUSDT', coinbase: 'ICP-USD', kraken: 'ICPUSD' }),
  feed('JUP', 5, { binance: 'JUPUSDT', kraken: 'JUPUSD' }),
  feed('LINK', 5, { binance: 'LINKUSDT', coinbase: 'LINK-USD', kraken: 'LINKUSD' }),
  feed('LTC', 4, { binance: 'LTCUSDT', coinbase: 'LTC-USD', kraken: 'LTCUSD' }),
  feed('MON', 7, { coinbase: 'MON-USD', kraken: 'MONUSD' }),
  feed('NEAR', 5, { binance: 'NEARUSDT', coinbase: 'NEAR-USD', kraken: 'NEARUSD' }),
  feed('NOT', 7, { binance: 'NOTUSDT', kraken: 'NOTUSD' }),
  feed('ONDO', 5, { binance: 'ONDOUSDT', coinbase: 'ONDO-USD', kraken: 'ONDOUSD' }),
  feed('OP', 5, { binance: 'OPUSDT', coinbase: 'OP-USD', kraken: 'OPUSD' }),
  feed('PAXG', 3, { binance: 'PAXGUSDT', coinbase: 'PAXG-USD', kraken: 'PAXGUSD' }),
  feed('PENGU', 6, { binance: 'PENGUUSDT', coinbase: 'PENGU-USD', kraken: 'PENGUUSD' }),
  feed('PEPE', 10, { binance: 'PEPEUSDT', coinbase: 'PEPE-USD', kraken: 'PEPEUSD' }),
  feed('POL', 5, { binance: 'POLUSDT', coinbase: 'POL-USD', kraken: 'POLUSD' }),
  feed('PUMP', 7, { binance: 'PUMPUSDT', coinbase: 'PUMP-USD', kraken: 'PUMPUSD' }),
  feed('PYTH', 5, { binance: 'PYTHUSDT', coinbase: 'PYTH-USD', kraken: 'PYTHUSD' }),
  feed('QNT', 4, { binance: 'QNTUSDT', coinbase: 'QNT-USD', kraken: 'QNTUSD' }),
  feed('RENDER', 5, { binance: 'RENDERUSDT', coinbase: 'RENDER-USD', kraken: 'RENDERUSD' }),
  feed('RUNE', 5, { binance: 'RUNEUSDT', kraken: 'RUNEUSD' }),
  feed('S', 5, { binance: 'SUSDT', coinbase: 'S-USD' }),
  feed('SHIB', 9, { binance: 'SHIBUSDT', coinbase: 'SHIB-USD', kraken: 'SHIBUSD' }),
  feed('SOL', 4, { binance: 'SOLUSDT', coinbase: 'SOL-USD', kraken: 'SOLUSD' }),
  feed('SUI', 5, { binance: 'SUIUSDT', coinbase: 'SUI-USD', kraken: 'SUIUSD' }),
  feed('TAO', 4, { binance: 'TAOUSDT', coinbase: 'TAO-USD', kraken: 'TAOUSD' }),
  feed('TRUMP', 5, { binance: 'TRUMPUSDT', coinbase: 'TRUMP-USD', kraken: 'TRUMPUSD' }),
  feed('TRX', 5, { binance: 'TRXUSDT', kraken: 'TRXUSD' }),
  feed('UNI', 5, { binance: 'UNIUSDT', coinbase: 'UNI-USD', kraken: 'UNIUSD' }),
  feed('USDC', 5, { binance: 'USDCUSDT', kraken: 'USDCUSD' }),
  // Only markets in true dollars: this feed turns every market in USDT into dollars.
  feed('USDT', 5, { coinbase: 'USDT-USD', kraken: 'USDTUSD' }),
  feed('WIF', 5, { binance: 'WIFUSDT', coinbase: 'WIF-USD', kraken: 'WIFUSD' }),
  feed('XLM', 6, { binance: 'XLMUSDT', coinbase: 'XLM-USD', kraken: 'XLMUSD' }),
  feed('XPL', 5, { binance: 'XPLUSDT', coinbase: 'XPL-USD', kraken: 'XPLUSD' }),
  feed('XRP', 5, { binance: 'XRPUSDT', coinbase: 'XRP-USD', kraken: 'XRPUSD' }),
]

/** Every symbol of the catalogue, in its order. */
export const symbols: readonly FeedSymbol[] = catalogue.map(({ symbol }) => symbol)

/** The same, to ask whether we price one. */
export const catalogueSymbols: ReadonlySet<FeedSymbol> = new Set(symbols)

/** Every listing of the catalogue. */
export const listings: readonly Listing[] = catalogue.flatMap((each) => each.listings)

/**
 * What is wrong with a catalogue, a sentence each; none if all is well.
 *
 * @param knownExchanges The names of the exchanges that can be asked.
 */
export function catalogueProblems(
  checked: Catalogue,
  knownExchanges: ReadonlySet<string>,
): readonly string[] {
  const markets = checked.flatMap((each) => each.listings)
  return [
    ...repeated(checked.map(({ symbol }) => symbol)).map((symbol) => `${symbol} is there twice.`),
    ...repeated(markets.map(({ source, market }) => `${market} of ${source}`)).map(
      (market) => `${market} informs two feeds, or one twice.`,
    ),
    ...checked.flatMap((each) => feedProblems(each, knownExchanges)),
  ]
}

function feedProblems(
  { symbol, listings: own }: CatalogueFeed,
  knownExchanges: ReadonlySet<string>,
): readonly string[] {
  const sources = own.map(({ source }) => source)
  const strangers = sources.filter((source) => !knownExchanges.has(source))
  const astray = own.filter((listing) => listing.symbol !== symbol)
  return [
    ...(symbolSchema.safeParse(symbol).success ? [] : [`"${symbol}" is no symbol.`]),
    ...(new Set(sources).size < minListings ? [`${symbol} has fewer than two sources.`] : []),
    ...repeated(sources).map((source) => `${symbol} has two votes of ${source}.`),
    ...strangers.map((source) => `${symbol} names ${source}, which cannot be asked.`),
    ...own
      .filter(({ quoteCurrency }) => symbol === `${quoteCurrency}/USD`)
      .map(({ market }) => `${market} would price ${symbol} in itself.`),
    ...astray.map(
      ({ market }) => `${market} informs another feed than ${symbol}, where it stands.`,
    ),
  ]
}

function repeated(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))]
}

function feed(
  base: string,
  decimals: number,
  markets: Readonly<Record<string, string>>,
): CatalogueFeed {
  const symbol = feedSymbol(base)
  return {
    symbol,
    category: crypto,
    decimals,
    listings: Object.entries(markets).map(([source, market]) => ({
      symbol,
      source,
      market,
      quoteCurrency: quoteCurrencyOf(market),
    })),
  }
}

/** All three exchanges end a market's name in its quote currency. */
function quoteCurrencyOf(market: string): Listing['quoteCurrency'] {
  if (market.endsWith('USDT')) return 'USDT'
  if (market.endsWith('USDC')) return 'USDC'
  if (market.endsWith('USD')) return 'USD'
  throw new TypeError(`${market} ends in no quote currency that we convert.`)
}
