/**
 * Coinbase Exchange's feed, replayed: one unknown product costs the whole subscription, and the
 * heartbeat is of a product.
 *
 * @see https://docs.cdp.coinbase.com/exchange/websocket-feed/channels
 */

import { coinbase } from '../coinbase.ts'
import { trimmed } from '../trimmed.ts'
import { fieldsOf, type LiveVenue, nothingHeard, stringsOf } from './live-venue.ts'

export const liveCoinbase: LiveVenue = {
  venue: coinbase,
  nameOf: ({ name }) => name,

  hear(message, { marketOf }) {
    const { type, channels } = fieldsOf(message)
    if (type !== 'subscribe' || !Array.isArray(channels)) return nothingHeard
    const tickers = channels.find((channel) => channel?.name === 'ticker_batch')
    const products = stringsOf(tickers?.product_ids)
    const unknown = products.find((name) => marketOf(name) === undefined)
    if (unknown !== undefined) {
      const reason = `${unknown} is not a valid product`
      const refusal = { type: 'error', message: 'Failed to subscribe', reason }
      return { replies: [refusal], granted: [] }
    }
    return { replies: [{ type: 'subscriptions', channels }], granted: products }
  },

  tell(market, book) {
    const { decimals, day, ...row } = book.row(market)
    const price = (value: number) => trimmed(value, decimals)
    return {
      type: 'ticker',
      sequence: row.tradeId * 3,
      product_id: market.name,
      price: price(row.last),
      open_24h: price(day.open),
      volume_24h: trimmed(day.volume, 8),
      low_24h: price(day.low),
      high_24h: price(day.high),
      volume_30d: trimmed(day.volume * 30, 8),
      best_bid: price(row.bid),
      best_bid_size: trimmed(row.bidSize, 8),
      best_ask: price(row.ask),
      best_ask_size: trimmed(row.askSize, 8),
      side: 'buy',
      time: timeOf(row.tradedAtMs),
      trade_id: row.tradeId,
      last_size: trimmed(row.lastSize, 8),
    }
  },

  heartbeat: ({ name }, atMs) => ({
    type: 'heartbeat',
    sequence: Math.floor(atMs / 1_000),
    last_trade_id: 0,
    product_id: name,
    time: timeOf(atMs),
  }),
}

/** To the microsecond, as it prints instants. */
function timeOf(atMs: number): string {
  return new Date(atMs).toISOString().replace('Z', '000Z')
}
