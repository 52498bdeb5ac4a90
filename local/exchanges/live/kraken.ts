/**
 * Kraken's second WebSocket interface, replayed: numbers are numbers, markets are spelled as people
 * do, and each of them is granted or refused by itself.
 *
 * @see https://docs.kraken.com/api/docs/websocket-v2/ticker
 */

import { kraken } from '../kraken.ts'
import { fieldsOf, type Floor, type LiveVenue, nothingHeard, stringsOf } from './live-venue.ts'

export const liveKraken: LiveVenue = {
  venue: kraken,
  nameOf: ({ base, quoteCurrency }) => `${base}/${quoteCurrency}`,

  greeting: {
    channel: 'status',
    type: 'update',
    data: [{ version: '2.0.10', system: 'online', api_version: 'v2', connection_id: 1 }],
  },

  hear(message, floor) {
    const { method, params, req_id } = fieldsOf(message)
    const time = timeOf(floor.atMs)
    if (method === 'ping') {
      return { replies: [{ method: 'pong', req_id, time_in: time, time_out: time }], granted: [] }
    }
    if (method !== 'subscribe' || typeof params !== 'object' || params === null) return nothingHeard
    const symbols = 'symbol' in params ? stringsOf(params.symbol) : []
    return {
      replies: symbols.map((symbol) => ({
        ...acknowledgement(symbol, floor),
        req_id,
        time_in: time,
        time_out: time,
      })),
      granted: symbols.filter((symbol) => floor.marketOf(symbol) !== undefined),
    }
  },

  tell(market, book) {
    const { decimals, day, ...row } = book.row(market)
    const price = (value: number) => Number(value.toFixed(decimals))
    return {
      channel: 'ticker',
      type: 'update',
      data: [
        {
          symbol: liveKraken.nameOf(market),
          bid: price(row.bid),
          bid_qty: row.bidSize,
          ask: price(row.ask),
          ask_qty: row.askSize,
          last: price(row.last),
          volume: day.volume,
          vwap: price(day.average),
          low: price(day.low),
          high: price(day.high),
          change: price(row.last - day.open),
          change_pct: Number((100 * (row.last / day.open - 1)).toFixed(2)),
          timestamp: timeOf(book.atMs),
        },
      ],
    }
  },

  heartbeat: () => ({ channel: 'heartbeat' }),
}

function acknowledgement(symbol: string, { marketOf }: Floor) {
  return marketOf(symbol) === undefined
    ? {
        error: `Currency pair not supported ${symbol}`,
        method: 'subscribe',
        success: false,
        symbol,
      }
    : {
        method: 'subscribe',
        result: { channel: 'ticker', event_trigger: 'bbo', snapshot: true, symbol },
        success: true,
      }
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString().replace('Z', '000Z')
}
