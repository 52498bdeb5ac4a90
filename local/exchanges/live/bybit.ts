/**
 * Bybit's public spot topics, replayed: ten topics a message at most, one unknown costs all of them,
 * and a ticker has neither bid nor ask.
 *
 * @see https://bybit-exchange.github.io/docs/v5/websocket/public/ticker
 */

import { bybit } from '../bybit.ts'
import { trimmed } from '../trimmed.ts'
import { fieldsOf, type LiveVenue, nothingHeard, stringsOf } from './live-venue.ts'

const prefix = 'tickers.'
const maxTopics = 10
const conn_id = '2324d924'

export const liveBybit: LiveVenue = {
  venue: bybit,
  nameOf: ({ name }) => name,

  hear(message, { marketOf }) {
    const { op, args, req_id } = fieldsOf(message)
    const answer = (success: boolean, ret_msg: string) => [
      { success, ret_msg, conn_id, req_id, op },
    ]
    if (op === 'ping') return { replies: answer(true, 'pong'), granted: [] }
    if (op !== 'subscribe') return nothingHeard

    const topics = stringsOf(args)
    if (topics.length > maxTopics) {
      return { replies: answer(false, `args size >${maxTopics}`), granted: [] }
    }
    const names = topics.map((topic) => topic.replace(prefix, ''))
    const unknown = names.find((name) => marketOf(name) === undefined)
    return unknown === undefined
      ? { replies: answer(true, 'subscribe'), granted: names }
      : { replies: answer(false, `error:handler not found,topic:${prefix}${unknown}`), granted: [] }
  },

  tell(market, book) {
    const { decimals, day, ...row } = book.row(market)
    const price = (value: number) => trimmed(value, decimals)
    return {
      topic: `${prefix}${market.name}`,
      ts: book.atMs,
      type: 'snapshot',
      cs: row.tradeId,
      data: {
        symbol: market.name,
        lastPrice: price(row.last),
        highPrice24h: price(day.high),
        lowPrice24h: price(day.low),
        prevPrice24h: price(day.open),
        volume24h: trimmed(day.volume, 6),
        turnover24h: trimmed(day.volume * day.average, 8),
        price24hPcnt: trimmed(row.last / day.open - 1, 4),
        usdIndexPrice: '',
      },
    }
  },
}
