/**
 * Coinbase Exchange's feed: the same books as Advanced Trade, with bid, ask and the time of the last
 * trade, which the batch over REST lacks. `ticker_batch` tells every five seconds what has changed.
 *
 * It wants a subscription within five seconds of opening, and answers no ping of ours: one product's
 * heartbeat, once a second, proves that it lives. More heartbeats would prove nothing more.
 *
 * Known from the exchange's documents and the threads of its clients, read on 2026-11-22; not yet
 * from a live answer.
 */

import { tickerOf } from '../ticker.ts'
import { type LiveExchange, other, tickersHeard } from './live-exchange.ts'
import { fieldsOf, marketOf, msOf, refused } from './message.ts'

const source = 'coinbase'

/** No limit is documented; 100 products make a message of about 1.2 kB. */
const maxMarkets = 100

export const liveCoinbase: LiveExchange = {
  name: source,
  url: 'wss://ws-feed.exchange.coinbase.com',
  nameOf: (market) => market,
  maxMarkets,
  refusesWhole: true,

  subscribe: (names) => {
    const channels = [
      { name: 'ticker_batch', product_ids: names },
      { name: 'heartbeat', product_ids: names.slice(0, 1) },
    ]
    return JSON.stringify({ type: 'subscribe', channels })
  },

  read: (message, hearing) => {
    const row = fieldsOf(message)
    if (row['type'] === 'error') {
      return refused('Coinbase', { reason: row['reason'] ?? row['message'] }, hearing)
    }
    const market = marketOf(row['product_id'], hearing)
    if (row['type'] !== 'ticker' || market === undefined) return other
    const ticker = tickerOf({
      source,
      market,
      last: row['price'],
      bid: row['best_bid'],
      ask: row['best_ask'],
      volume: row['volume_24h'],
      open24h: row['open_24h'],
      dated: { atMs: msOf(row['time']), kind: 'trade' },
      receivedAtMs: hearing.receivedAtMs,
    })
    return tickersHeard([ticker])
  },
}
