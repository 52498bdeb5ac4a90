/**
 * OKX's public channels, replayed: the row of REST under the channel that it is of, and `pong` as a
 * bare word.
 *
 * @see https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-tickers-channel
 */

import { okx } from '../okx.ts'
import { trimmed } from '../trimmed.ts'
import { fieldsOf, type LiveVenue, nothingHeard } from './live-venue.ts'

const connId = 'a4d3ae55'

export const liveOkx: LiveVenue = {
  venue: okx,
  nameOf: ({ name }) => name,

  hear(message, { marketOf }) {
    if (message === 'ping') return { replies: ['pong'], granted: [] }
    const { op, args } = fieldsOf(message)
    if (op !== 'subscribe' || !Array.isArray(args)) return nothingHeard
    const names = args.map((arg) => String(arg?.instId))
    const unknown = names.find((name) => marketOf(name) === undefined)
    if (unknown !== undefined) {
      const msg = `Wrong URL or channel:tickers,instId:${unknown} doesn't exist. Please use the correct URL, channel and parameters referring to API document.`
      return { replies: [{ event: 'error', code: '60018', msg, connId }], granted: [] }
    }
    return { replies: args.map((arg) => ({ event: 'subscribe', arg, connId })), granted: names }
  },

  tell(market, book) {
    const { decimals, day, today, ...row } = book.row(market)
    const price = (value: number) => trimmed(value, decimals)
    const instId = market.name
    return {
      arg: { channel: 'tickers', instId },
      data: [
        {
          instType: 'SPOT',
          instId,
          last: price(row.last),
          lastSz: trimmed(row.lastSize, 8),
          askPx: price(row.ask),
          askSz: trimmed(row.askSize, 8),
          bidPx: price(row.bid),
          bidSz: trimmed(row.bidSize, 8),
          open24h: price(day.open),
          high24h: price(day.high),
          low24h: price(day.low),
          sodUtc0: price(today.open),
          sodUtc8: price(today.open),
          volCcy24h: trimmed(day.volume * day.average, 4),
          vol24h: trimmed(day.volume, 4),
          ts: String(book.atMs),
        },
      ],
    }
  },
}
