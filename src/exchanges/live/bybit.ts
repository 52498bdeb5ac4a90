/**
 * Bybit's public spot topics. A ticker is whole each time (spot knows no deltas), has neither bid
 * nor ask, and is dated by the message that holds it.
 *
 * A message may name ten topics, and one that is unknown costs all ten. It wants a ping every 20
 * seconds.
 *
 * Known from the exchange's documents and the source of its clients, read on 2026-11-22; not yet
 * from a live answer.
 */

import { tickerOf } from '../ticker.ts'
import { type LiveExchange, other, tickersHeard } from './live-exchange.ts'
import { fieldsOf, marketOf, refused } from './message.ts'

const source = 'bybit'

const maxMarkets = 10

const topicOf = (name: string) => `tickers.${name}`

export const liveBybit: LiveExchange = {
  name: source,
  url: 'wss://stream.bybit.com/v5/public/spot',
  nameOf: (market) => market,
  maxMarkets,
  refusesWhole: true,

  subscribe: (names, { id }) =>
    JSON.stringify({ op: 'subscribe', args: names.map(topicOf), req_id: String(id) }),

  ping: ({ id }) => JSON.stringify({ op: 'ping', req_id: String(id) }),

  read: (message, hearing) => {
    const { success, ret_msg: reason, req_id: id, topic, ts, data } = fieldsOf(message)
    if (success === false) return refused('Bybit', { reason, id: numberOf(id) }, hearing)

    const row = fieldsOf(data)
    const market = marketOf(row['symbol'], hearing)
    if (typeof topic !== 'string' || market === undefined) return other
    const ticker = tickerOf({
      source,
      market,
      last: row['lastPrice'],
      volume: row['volume24h'],
      open24h: row['prevPrice24h'],
      dated: { atMs: ts, kind: 'response' },
      receivedAtMs: hearing.receivedAtMs,
    })
    return tickersHeard([ticker])
  },
}

/** It repeats our number as the string that we sent. */
function numberOf(id: unknown): number | undefined {
  return typeof id === 'string' && /^\d{1,9}$/.test(id) ? Number(id) : undefined
}
