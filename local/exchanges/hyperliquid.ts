/**
 * Hyperliquid's spot books, replayed: one POST for all of them, tokens and pairs by number, prices
 * beside them in an order of their own. There is no trade in it, and no date.
 *
 * Names: ours are `HYPE/USDC`; its own are `@107`, but for its first pair, `PURR/USDC`. Bitcoin is
 * the token UBTC. Of the numbers some are real (HYPE, UBTC); the rest is made up.
 *
 * @see https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/info-endpoint/spot
 */

import type { Book } from './book.ts'
import type { Market } from './market.ts'
import { trimmed } from './trimmed.ts'
import { ok, type Reply, type Route, type Venue } from './venue.ts'

/** `[base, token, index of the token, index of the pair]` */
const listed = [
  ['HYPE', 'HYPE', 150, 107],
  ['BTC', 'UBTC', 197, 142],
  ['ETH', 'UETH', 221, 151],
  ['SOL', 'USOL', 254, 156],
  ['PENGU', 'HPENGU', 281, 179],
  ['PUMP', 'UPUMP', 299, 188],
  ['BONK', 'UBONK', 307, 194],
  ['XPL', 'UXPL', 351, 223],
] as const

const markets: readonly Market[] = listed.map(([base]) => ({
  name: `${base}/USDC`,
  base,
  quoteCurrency: 'USDC',
  state: 'trading',
}))

const pairByMarket: ReadonlyMap<string, string> = new Map(
  listed.map(([base, , , pair]) => [`${base}/USDC`, `@${pair}`]),
)

const answerName = ({ name }: Market) => pairByMarket.get(name) ?? name

/** Tokens that are no coin of ours: its own first one, a namesake of a coin, another dollar. */
const strangers = [
  ['USDC', 0],
  ['PURR', 1],
  ['TRUMP', 13],
  ['USDH', 360],
] as const

const meta = {
  universe: [
    pairOf('PURR/USDC', 0, [1, 0], true),
    pairOf('@9', 9, [13, 0]),
    ...listed.map(([, , token, pair]) => pairOf(`@${pair}`, pair, [token, 0])),
    pairOf('@232', 232, [150, 360]),
  ],
  tokens: [
    ...strangers.map(([name, index]) => tokenOf(name, index)),
    ...listed.map(([, token, index]) => tokenOf(token, index)),
  ],
}

function pairOf(name: string, index: number, tokens: readonly number[], isCanonical = false) {
  return { tokens, name, index, isCanonical }
}

function tokenOf(name: string, index: number) {
  const tokenId = `0x${(index + 1).toString(16).padStart(32, '0')}`
  const decimals = { szDecimals: 2, weiDecimals: 8 }
  return { name, ...decimals, index, tokenId, isCanonical: index < 2, evmContract: null }
}

const info: Route = {
  method: 'POST',
  path: /^\/info$/,

  answer({ body }, book) {
    const type = typeof body === 'object' && body !== null && 'type' in body ? body.type : undefined
    if (type === 'spotMeta') return ok(meta)
    if (type !== 'spotMetaAndAssetCtxs') return unreadable
    // By no order that the pairs have.
    const contexts = markets.map((market) => contextOf(market, book)).toReversed()
    return ok([meta, [...contexts, namesake, emptyBook]])
  },
}

function contextOf(market: Market, book: Book) {
  const { last, bid, ask, decimals, day } = book.row(market)
  return {
    prevDayPx: trimmed(day.open, decimals),
    dayNtlVlm: trimmed(day.volume * day.average, 8),
    markPx: trimmed(last, decimals),
    midPx: trimmed((bid + ask) / 2, decimals + 1),
    circulatingSupply: '999999999.0',
    coin: answerName(market),
    totalSupply: '999999999.0',
    dayBaseVlm: trimmed(day.volume, 2),
  }
}

/** A token that somebody deployed under the name of a coin; its price is its own. */
const namesake = {
  prevDayPx: '0.00041',
  dayNtlVlm: '310.4',
  markPx: '0.00042',
  midPx: '0.000419',
  circulatingSupply: '999999.0',
  coin: '@9',
  totalSupply: '999999.0',
  dayBaseVlm: '739000.0',
}

/** A pair whose book is empty: no middle, and a mark that stays what it was. */
const emptyBook = {
  ...namesake,
  prevDayPx: '0.1401',
  markPx: '0.1393',
  midPx: null,
  coin: 'PURR/USDC',
}

const unreadable: Reply = {
  status: 422,
  body: 'Failed to deserialize the JSON body into the target type',
}

export const hyperliquid: Venue = {
  name: 'hyperliquid',
  temper: {
    biasBps: 1.8,
    spread: 1.5,
    tradeEveryMs: 500,
    tradeEveryAtMostMs: 2_000,
    volumeShare: 0.012,
  },
  markets,
  answerName,
  routes: [info],
  notFound: { status: 404, body: null },
  refusal: () => null,
}
