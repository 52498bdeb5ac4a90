/**
 * Binance's combined stream, replayed: each ticker is wrapped with the name of its stream, and a
 * stream that does not exist is subscribed to all the same.
 *
 * @see https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
 */

import { binance } from '../binance.ts'
import { fieldsOf, type LiveVenue, nothingHeard, stringsOf } from './live-venue.ts'

const suffix = '@ticker'
const dayMs = 86_400_000

export const liveBinance: LiveVenue = {
  venue: binance,
  nameOf: ({ name }) => name,

  hear(message, { marketOf, subscribed }) {
    const { method, params, id } = fieldsOf(message)
    if (method === 'LIST_SUBSCRIPTIONS') {
      const result = subscribed.map((name) => `${name.toLowerCase()}${suffix}`)
      return { replies: [{ result, id }], granted: [] }
    }
    if (method !== 'SUBSCRIBE') {
      const msg = 'Invalid request: unknown method'
      return id === undefined
        ? nothingHeard
        : { replies: [{ error: { code: 2, msg }, id }], granted: [] }
    }
    const granted = stringsOf(params)
      .filter((stream) => stream.endsWith(suffix))
      .map((stream) => stream.slice(0, -suffix.length).toUpperCase())
      .filter((name) => marketOf(name) !== undefined)
    return { replies: [{ result: null, id }], granted }
  },

  tell(market, book) {
    const { decimals, day, ...row } = book.row(market)
    const price = (value: number) => value.toFixed(decimals)
    const size = (value: number) => value.toFixed(8)
    return {
      stream: `${market.name.toLowerCase()}${suffix}`,
      data: {
        e: '24hrTicker',
        E: book.atMs,
        s: market.name,
        p: price(row.last - day.open),
        P: (100 * (row.last / day.open - 1)).toFixed(3),
        w: price(day.average),
        x: price(day.open),
        c: price(row.last),
        Q: size(row.lastSize),
        b: price(row.bid),
        B: size(row.bidSize),
        a: price(row.ask),
        A: size(row.askSize),
        o: price(day.open),
        h: price(day.high),
        l: price(day.low),
        v: size(day.volume),
        q: size(day.volume * day.average),
        O: book.atMs - dayMs,
        C: book.atMs,
        F: row.tradeId - day.trades,
        L: row.tradeId,
        n: day.trades,
      },
    }
  },
}
