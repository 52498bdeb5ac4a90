/**
 * Kraken spot, replayed. It answers under its own names for pairs, says its errors with HTTP 200,
 * lets one unknown pair fail the whole call, and dates nothing.
 *
 * Names: asked for as `XBTUSD` (or the answer's name, or `XBT/USD`); Bitcoin is XBT, Dogecoin XDG.
 * Coins of its first years are answered with an X, their dollars with a Z: `XXBTZUSD`. Younger
 * coins are answered as asked: `SOLUSD`.
 *
 * @see https://docs.kraken.com/api/docs/rest-api/get-ticker-information
 */

import type { Book } from './book.ts'
import { type Market, marketsOf } from './market.ts'
import { ok, page, type Route, type Venue } from './venue.ts'

const ownName: Readonly<Record<string, string>> = { BTC: 'XBT', DOGE: 'XDG' }

const spelled = (base: string) => ownName[base] ?? base

const name = (base: string, quoteCurrency: string) => `${spelled(base)}${quoteCurrency}`

const markets: readonly Market[] = [
  ...marketsOf(
    'BTC ETH XRP SOL BNB DOGE ADA TRX LINK AVAX SUI HYPE XLM LTC BCH HBAR SHIB GRAM DOT UNI PEPE AAVE NEAR ICP ETC APT ONDO POL ARB ATOM ENA RENDER FET FIL TAO OP BONK JUP WIF PENGU TRUMP QNT ALGO S ETHFI PYTH HNT NOT RUNE BERA PUMP XPL MON NIGHT PAXG FLR SGB XDC USDT USDC USDS DAI',
    'USD',
    name,
  ),
  ...marketsOf('BTC ETH SOL XRP DOGE ADA USDC DAI', 'USDT', name),
  ...marketsOf('BTC ETH SOL', 'USDC', name),
].map((market) => (market.base === 'BTC' ? { ...market, decimals: 1 } : market))

/** Coins whose pairs against the dollar are still answered under the names of Kraken's first years. */
const firstYears = new Set(['BTC', 'ETH', 'LTC', 'XRP', 'XLM', 'ETC'])

/** The name under which a pair is answered. */
function answerName({ name: asked, base, quoteCurrency }: Market): string {
  if (quoteCurrency !== 'USD') return asked
  if (firstYears.has(base)) return `X${spelled(base)}ZUSD`
  return base === 'USDT' ? 'USDTZUSD' : asked
}

const marketBySpelling: ReadonlyMap<string, Market> = new Map(
  markets.flatMap((market) => [
    [market.name, market] as const,
    [answerName(market), market] as const,
    [`${spelled(market.base)}/${market.quoteCurrency}`, market] as const,
  ]),
)

/** A longer list has been answered by a bare 520; where exactly it ends is not known. */
const maxPairs = 200

const ticker: Route = {
  method: 'GET',
  path: /^\/0\/public\/Ticker$/,

  answer({ query }, book) {
    const asked = query.get('pair')?.split(',')
    if (asked !== undefined && asked.length > maxPairs) return page(520, 'Unknown Error')

    const found = asked?.map((pair) => marketBySpelling.get(pair)) ?? markets
    const known = found.filter((market) => market !== undefined)
    if (known.length < found.length) return ok({ error: ['EQuery:Unknown asset pair'] })

    return ok({
      error: [],
      result: Object.fromEntries(known.map((market) => [answerName(market), pairOf(market, book)])),
    })
  },
}

function pairOf(market: Market, book: Book) {
  const row = book.row(market)
  const { day, today } = row
  const price = (value: number) => value.toFixed(row.decimals)
  return {
    a: side(price(row.ask), row.askSize),
    b: side(price(row.bid), row.bidSize),
    c: [price(row.last), row.lastSize.toFixed(8)],
    v: [today.volume.toFixed(8), day.volume.toFixed(8)],
    p: [price(today.average), price(day.average)],
    t: [today.trades, day.trades],
    l: [price(today.low), price(day.low)],
    h: [price(today.high), price(day.high)],
    o: price(today.open),
  }
}

function side(price: string, size: number): string[] {
  const lots = String(Math.max(1, Math.round(size)))
  return [price, lots, `${lots}.000`]
}

export const kraken: Venue = {
  name: 'kraken',
  temper: {
    biasBps: 1.6,
    spread: 1.6,
    tradeEveryMs: 700,
    tradeEveryAtMostMs: 2_500,
    volumeShare: 0.03,
  },
  markets,
  answerName,
  routes: [ticker],
  notFound: ok({ error: ['EGeneral:Unknown method'] }),
  refusal: (status) => ({
    error: [status === 429 ? 'EGeneral:Too many requests' : 'EService:Unavailable'],
  }),
}
