/**
 * OKX's public channels. A ticker comes as often as ten times a second while something changes, and
 * its row is the one of REST.
 *
 * It closes what has been silent for 30 seconds: the bare word `ping` is answered by `pong`. A
 * connection may ask for subscriptions 480 times an hour.
 *
 * Known from the exchange's documents, read on 2026-11-22; not yet from a live answer.
 */

import { okxTicker } from '../okx.ts'
import { said } from '../said.ts'
import { type LiveExchange, tickersHeard } from './live-exchange.ts'
import { fieldsOf, marketOf, refused, rowsOf } from './message.ts'

const source = 'okx'

/** A message may have 64 kB; this many make 3 kB. */
const maxMarkets = 60

export const liveOkx: LiveExchange = {
  name: source,
  url: 'wss://ws.okx.com:8443/ws/v5/public',
  nameOf: (market) => market,
  maxMarkets,
  refusesWhole: true,

  subscribe: (names) => {
    const args = names.map((instId) => ({ channel: 'tickers', instId }))
    return JSON.stringify({ op: 'subscribe', args })
  },

  ping: () => 'ping',

  read: (message, hearing) => {
    const { event, msg, data } = fieldsOf(message)
    if (event === 'error') return refused('OKX', { reason: msg }, hearing)
    if (event === 'notice') return { kind: 'leaving', message: `OKX says ${said(msg)}` }
    return tickersHeard(
      rowsOf(data).map((row) => {
        const market = marketOf(row['instId'], hearing)
        if (market === undefined) return undefined
        return okxTicker(market, row, hearing.receivedAtMs)
      }),
    )
  },
}
