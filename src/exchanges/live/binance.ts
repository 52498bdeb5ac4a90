/**
 * Binance's combined stream, from the host that serves market data only. Streams are named in lower
 * case (`btcusdt@ticker`), and each tells once a second what has changed.
 *
 * It pings by frames, which every socket answers by itself, and cuts each connection after 24 hours.
 * What it is asked it answers under the number of the question, so a list of our own subscriptions
 * serves as a ping. An unknown stream is subscribed to without a word and then never told of.
 *
 * Known from the exchange's own documents (binance-spot-api-docs of July 2026), read on 2026-11-22;
 * not yet from a live answer.
 */

import { tickerOf } from '../ticker.ts'
import { type LiveExchange, other, tickersHeard } from './live-exchange.ts'
import { fieldsOf, marketOf, refused } from './message.ts'

const source = 'binance'

/** A connection may have 1 024 streams, and send five messages a second. */
const maxMarkets = 100

export const liveBinance: LiveExchange = {
  name: source,
  url: 'wss://data-stream.binance.vision/stream',
  nameOf: (market) => market,
  maxMarkets,
  refusesWhole: true,

  subscribe: (names, { id }) => {
    const params = names.map((name) => `${name.toLowerCase()}@ticker`)
    return JSON.stringify({ method: 'SUBSCRIBE', params, id })
  },

  ping: ({ id }) => JSON.stringify({ method: 'LIST_SUBSCRIPTIONS', id }),

  read: (message, hearing) => {
    const { id, error, data } = fieldsOf(message)
    if (error !== undefined) {
      return refused('Binance', { reason: fieldsOf(error)['msg'], id }, hearing)
    }
    const row = fieldsOf(data)
    const market = marketOf(row['s'], hearing)
    if (row['e'] !== '24hrTicker' || market === undefined) return other
    const ticker = tickerOf({
      source,
      market,
      last: row['c'],
      bid: row['b'],
      ask: row['a'],
      volume: row['v'],
      open24h: row['o'],
      dated: { atMs: row['E'], kind: 'ticker' },
      receivedAtMs: hearing.receivedAtMs,
    })
    return tickersHeard([ticker])
  },
}
