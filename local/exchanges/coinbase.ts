/**
 * Coinbase, replayed: the batch of Advanced Trade, with many products and no bid, no ask, no time.
 *
 * Names: `BTC-USD`. `BTC-USDC` is the same book under another name. A product that does not trade
 * has the price "", an unknown one is left out without a word.
 *
 * @see https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/public/list-public-products
 */

import { assetByBase } from './assets.ts'
import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { trimmed } from './trimmed.ts'
import { ok, type Route, type Venue } from './venue.ts'

const name = (base: string, quoteCurrency: string) => `${base}-${quoteCurrency}`

const dollarBases =
  'BTC ETH XRP SOL BNB DOGE ADA LINK AVAX SUI HYPE XLM LTC BCH HBAR SHIB DOT UNI PEPE AAVE NEAR ICP ETC APT ONDO POL ARB ATOM ENA RENDER FET FIL TAO OP BONK JUP WIF PENGU TRUMP QNT ALGO S ETHFI PYTH HNT BERA PUMP XPL MON PAXG FLR GRAM'

const markets: readonly Market[] = [
  ...marketsOf(dollarBases, 'USD', name),
  ...marketsOf(dollarBases, 'USDC', name),
  ...marketsOf('USDT DAI USDS', 'USD', name),
  ...marketsOf('BTC ETH SOL XRP DOGE', 'USDT', name),
  { name: 'USDT-USDC', base: 'USDT', quoteCurrency: 'USDC', state: 'trading' },
  { name: 'MATIC-USD', base: 'POL', quoteCurrency: 'USD', state: 'halted' },
  { name: 'RUNE-USD', base: 'RUNE', quoteCurrency: 'USD', state: 'halted' },
]

const marketByName: ReadonlyMap<string, Market> = new Map(
  markets.map((market) => [market.name, market]),
)

const aliased = new Set(dollarBases.split(' '))

/** The market whose book a market shows: a USDC product of most coins is the USD one. */
function bookMarket(market: Market): Market {
  const dollars = marketByName.get(name(market.base, 'USD'))
  return market.quoteCurrency === 'USDC' && aliased.has(market.base) && dollars !== undefined
    ? dollars
    : market
}

const products: Route = {
  method: 'GET',
  path: /^\/api\/v3\/brokerage\/market\/products$/,

  answer({ query }, book) {
    const asked = query.getAll('product_ids')
    const found =
      asked.length === 0 ? markets : [...new Set(asked)].flatMap((id) => marketByName.get(id) ?? [])
    const page = found.slice(numberIn(query, 'offset', 0)).slice(0, numberIn(query, 'limit', 1_000))
    return ok({
      products: page.map((market) => productOf(market, book)),
      num_products: page.length,
    })
  },
}

function numberIn(query: URLSearchParams, key: string, otherwise: number): number {
  const value = Number(query.get(key) ?? otherwise)
  return Number.isInteger(value) && value >= 0 ? value : otherwise
}

function productOf(market: Market, book: Book) {
  const halted = market.state !== 'trading'
  const { base, quoteCurrency } = market
  const alias = bookMarket(market)
  const usdcName = name(base, 'USDC')
  const hasAlias = alias === market && quoteCurrency === 'USD' && aliased.has(base)
  return {
    product_id: market.name,
    ...(halted ? silence : speech(alias, book)),
    base_increment: '0.00000001',
    quote_min_size: '1',
    quote_max_size: '150000000',
    base_min_size: '0.00000001',
    base_max_size: '100000000',
    base_name: base,
    quote_name: quoteCurrency,
    watched: false,
    is_disabled: halted,
    new: false,
    status: halted ? 'delisted' : 'online',
    cancel_only: false,
    limit_only: false,
    post_only: false,
    trading_disabled: halted,
    auction_mode: false,
    product_type: 'SPOT',
    quote_currency_id: quoteCurrency,
    base_currency_id: base,
    fcm_trading_session_details: null,
    mid_market_price: '',
    alias: alias === market ? '' : alias.name,
    alias_to: hasAlias ? [usdcName] : [],
    base_display_symbol: base,
    quote_display_symbol: quoteCurrency === 'USDC' && alias !== market ? 'USD' : quoteCurrency,
    view_only: halted,
    display_name: market.name,
    product_venue: 'CBE',
    ...incrementsOf(market),
  }
}

/** What a product says while it does not trade. */
const silence = {
  price: '',
  price_percentage_change_24h: '',
  volume_24h: '',
  volume_percentage_change_24h: '',
  approximate_quote_24h_volume: '',
}

function speech(market: Market, book: Book) {
  const { last, decimals, day } = book.row(market)
  return {
    price: trimmed(last, decimals),
    price_percentage_change_24h: trimmed(100 * (last / day.open - 1), 14),
    volume_24h: trimmed(day.volume, 8),
    volume_percentage_change_24h: trimmed(100 * (last / day.average - 1), 14),
    approximate_quote_24h_volume: trimmed(day.volume * day.average, 2),
  }
}

function incrementsOf({ base, decimals = assetByBase.get(base)?.decimals ?? 2 }: Market) {
  const increment = (10 ** -decimals).toFixed(decimals)
  return { quote_increment: increment, price_increment: increment }
}

const notFound = { status: 404, body: { message: 'NotFound' } }

export const coinbase: Venue = {
  name: 'coinbase',
  temper: {
    biasBps: 1.2,
    spread: 1.3,
    tradeEveryMs: 400,
    tradeEveryAtMostMs: 2_000,
    volumeShare: 0.08,
  },
  markets,
  routes: [products],
  notFound,
  refusal: (status) => ({
    message: status === 429 ? 'Public rate limit exceeded' : 'Internal server error',
  }),
}
