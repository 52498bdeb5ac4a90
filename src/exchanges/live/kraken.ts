/**
 * Kraken's second WebSocket interface. It spells markets as people do (`BTC/USD`), where REST has
 * its own names: XBT and XDG are BTC and DOGE here. Numbers are numbers.
 *
 * A ticker comes with each change of the best bid or ask (`bbo`), not only with each trade: a quiet
 * market would seem dead. A heartbeat comes each second; unknown markets are refused one by one.
 *
 * Known from the exchange's documents and the source of its clients, read on 2026-11-22; not yet
 * from a live answer.
 */

import { priceBefore } from '../day-ago.ts'
import { tickerOf } from '../ticker.ts'
import { type LiveExchange, other, tickersHeard } from './live-exchange.ts'
import { fieldsOf, marketOf, msOf, refused, rowsOf } from './message.ts'

const source = 'kraken'

/** As many as REST is asked for at a time; the longest list that it takes is not documented. */
const maxMarkets = 60

const newName: Readonly<Record<string, string>> = { XBT: 'BTC', XDG: 'DOGE' }

export const liveKraken: LiveExchange = {
  name: source,
  url: 'wss://ws.kraken.com/v2',
  nameOf,
  maxMarkets,
  refusesWhole: false,

  subscribe: (names, { id }) => {
    const params = { channel: 'ticker', symbol: names, event_trigger: 'bbo' }
    return JSON.stringify({ method: 'subscribe', params, req_id: id })
  },

  ping: ({ id }) => JSON.stringify({ method: 'ping', req_id: id }),

  read: (message, hearing) => {
    const { success, error, symbol, req_id: id, channel, data } = fieldsOf(message)
    if (success === false) {
      return refused('Kraken', { reason: error, name: symbol, id }, hearing)
    }
    if (channel !== 'ticker') return other

    return tickersHeard(
      rowsOf(data).map((row) => {
        const market = marketOf(row['symbol'], hearing)
        if (market === undefined) return undefined
        return tickerOf({
          source,
          market,
          last: row['last'],
          bid: row['bid'],
          ask: row['ask'],
          volume: row['volume'],
          open24h: priceBefore(row['last'], row['change_pct'], 100),
          dated: { atMs: msOf(row['timestamp']), kind: 'ticker' },
          receivedAtMs: hearing.receivedAtMs,
        })
      }),
    )
  },
}

/** `XBTUSD` is `BTC/USD`. What ends in no currency that we know stays as it is, and is refused. */
function nameOf(market: string): string {
  const [, base, quoteCurrency] = /^(.+?)(USD|USDT|USDC)$/.exec(market) ?? []
  if (base === undefined || quoteCurrency === undefined) return market
  return `${newName[base] ?? base}/${quoteCurrency}`
}
