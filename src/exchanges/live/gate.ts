/**
 * Gate's fourth WebSocket interface: the row of REST, without the cache that makes REST's prices 10
 * to 20 seconds old, dated by the message that holds it.
 *
 * Every message of ours is dated in seconds, and one that is off by a minute is refused. One unknown
 * market costs all others of its message.
 *
 * Known from the exchange's documents, read on 2026-11-22; not yet from a live answer.
 */

import { priceBefore } from '../day-ago.ts'
import { tickerOf } from '../ticker.ts'
import { type LiveExchange, other, tickersHeard } from './live-exchange.ts'
import { fieldsOf, marketOf, refused } from './message.ts'

const source = 'gate'

/** No limit is documented; 60 pairs make a message of less than 1 kB. */
const maxMarkets = 60

const channel = 'spot.tickers'

export const liveGate: LiveExchange = {
  name: source,
  url: 'wss://api.gateio.ws/ws/v4/',
  nameOf: (market) => market,
  maxMarkets,
  refusesWhole: true,

  subscribe: (names, { id, nowMs }) =>
    JSON.stringify({ time: secondsOf(nowMs), id, channel, event: 'subscribe', payload: names }),

  ping: ({ nowMs }) => JSON.stringify({ time: secondsOf(nowMs), channel: 'spot.ping' }),

  read: (message, hearing) => {
    const { id, channel: about, event, error, result, time_ms: atMs } = fieldsOf(message)
    if (error !== undefined && error !== null) {
      return refused('Gate', { reason: fieldsOf(error)['message'], id }, hearing)
    }
    const row = fieldsOf(result)
    const market = marketOf(row['currency_pair'], hearing)
    if (about !== channel || event !== 'update' || market === undefined) return other
    const ticker = tickerOf({
      source,
      market,
      last: row['last'],
      bid: row['highest_bid'],
      ask: row['lowest_ask'],
      volume: row['base_volume'],
      open24h: priceBefore(row['last'], row['change_percentage'], 100),
      dated: { atMs, kind: 'response' },
      receivedAtMs: hearing.receivedAtMs,
    })
    return tickersHeard([ticker])
  },
}

function secondsOf(ms: number): number {
  return Math.floor(ms / 1_000)
}
