/**
 * Coinbase, through the public products of Advanced Trade: many markets in one answer, with price
 * and volume but neither bid and ask nor any time.
 *
 * USD products only. A USDC product is an alias of the USD product's book (`alias_to`), so it is
 * the same vote once more, and converting it by USDC/USD would be wrong.
 *
 * Known from documents and public clients, read on 2026-11-22; not yet from a live answer.
 */

import { z } from 'zod'
import { priceBefore } from './day-ago.ts'
import { type Exchange, ExchangeError, type ExchangeErrorCode } from './exchange.ts'
import { tickerOf } from './ticker.ts'

const source = 'coinbase'

/** No limit is documented; 60 keys make a query of about 1.4 kB, which every server takes. */
const maxMarkets = 60

const answerSchema = z.object({ products: z.array(z.unknown()) })
const productSchema = z.object({
  product_id: z.string(),
  price: z.unknown(),
  price_percentage_change_24h: z.unknown().optional(),
  volume_24h: z.unknown().optional(),
  status: z.string().optional(),
  is_disabled: z.boolean().optional(),
  trading_disabled: z.boolean().optional(),
  view_only: z.boolean().optional(),
  auction_mode: z.boolean().optional(),
  cancel_only: z.boolean().optional(),
})
type Product = z.infer<typeof productSchema>
const errorSchema = z.object({
  error: z.string().optional(),
  error_details: z.string().optional(),
  message: z.string().optional(),
})

export const coinbase: Exchange = {
  name: source,
  baseUrl: 'https://api.coinbase.com',
  regions: ['enam', 'weur'],
  maxMarkets,
  minIntervalMs: 5_000,

  request: (markets) => ({
    path: `/api/v3/brokerage/market/products?${new URLSearchParams(
      markets.map((market): [string, string] => ['product_ids', market]),
    ).toString()}`,
    // Without it, public answers are said to come from a cache of about a second.
    headers: { 'Cache-Control': 'no-cache' },
  }),

  tickers: (body, { markets, receivedAtMs }) => {
    const answer = answerSchema.safeParse(body)
    if (!answer.success) throw refusalOf(body)

    const asked = new Set(markets)
    return answer.data.products.flatMap((row) => {
      const { data: product } = productSchema.safeParse(row)
      if (!product || !isTrading(product) || !asked.delete(product.product_id)) return []
      const ticker = tickerOf({
        source,
        market: product.product_id,
        last: product.price,
        volume: product.volume_24h,
        open24h: priceBefore(product.price, product.price_percentage_change_24h, 100),
        receivedAtMs,
      })
      return ticker ?? []
    })
  },
}

function isTrading(product: Product): boolean {
  const halts = [
    product.is_disabled,
    product.trading_disabled,
    product.view_only,
    product.auction_mode,
    product.cancel_only,
  ]
  return !halts.includes(true) && (product.status ?? 'online') === 'online'
}

function refusalOf(body: unknown): ExchangeError {
  const { data: refusal } = errorSchema.safeParse(body)
  const said = [refusal?.error, refusal?.error_details ?? refusal?.message].filter(Boolean)
  if (said.length === 0) {
    return new ExchangeError('unexpected-shape', 'Coinbase answered no list of products.')
  }
  const reason = said.join(': ').slice(0, 200)
  return new ExchangeError(codeOf(reason), `Coinbase refused with ${reason}`)
}

/** Its errors have words, not numbers; these are the ones that tell the caller what to do. */
function codeOf(reason: string): ExchangeErrorCode {
  if (/rate.?limit|too many requests|resource_exhausted/i.test(reason)) return 'rate-limited'
  if (/not.?found|product.?id/i.test(reason)) return 'market-refused'
  return 'exchange-refused'
}
