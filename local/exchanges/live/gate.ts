/**
 * Gate's fourth WebSocket interface, replayed: the row of REST, dated by the message that holds it.
 * A question that is a minute off is refused, and so is one with an unknown pair.
 *
 * @see https://www.gate.com/docs/developers/apiv4/ws/en/
 */

import { gate } from '../gate.ts'
import { trimmed } from '../trimmed.ts'
import { fieldsOf, type LiveVenue, nothingHeard, stringsOf } from './live-venue.ts'

const channel = 'spot.tickers'
const furthestMs = 60_000

export const liveGate: LiveVenue = {
  venue: gate,
  nameOf: ({ name }) => name,

  hear(message, { marketOf, atMs }) {
    const { time, id, channel: about, event, payload } = fieldsOf(message)
    const dated = { time: Math.floor(atMs / 1_000), time_ms: atMs }
    if (about === 'spot.ping') {
      return { replies: [{ ...dated, channel: 'spot.pong', event: '', result: null }], granted: [] }
    }
    if (about !== channel || event !== 'subscribe') return nothingHeard

    const answer = (rest: object) => [{ ...dated, id, channel, event, ...rest }]
    const refusal = (text: string) => ({
      replies: answer({ error: { code: 2, message: text }, result: null }),
      granted: [],
    })
    if (typeof time !== 'number' || Math.abs(time * 1_000 - atMs) > furthestMs) {
      return refusal('gap between request time and server time exceeds 60 seconds')
    }
    const pairs = stringsOf(payload)
    const unknown = pairs.find((name) => marketOf(name) === undefined)
    if (unknown !== undefined) return refusal(`unknown currency pair ${unknown}`)
    return { replies: answer({ result: { status: 'success' } }), granted: pairs }
  },

  tell(market, book) {
    const { decimals, day, ...row } = book.row(market)
    const price = (value: number) => trimmed(value, decimals)
    return {
      time: Math.floor(book.atMs / 1_000),
      time_ms: book.atMs,
      channel,
      event: 'update',
      result: {
        currency_pair: market.name,
        last: price(row.last),
        lowest_ask: price(row.ask),
        highest_bid: price(row.bid),
        change_percentage: (100 * (row.last / day.open - 1)).toFixed(2),
        base_volume: trimmed(day.volume, 9),
        quote_volume: trimmed(day.volume * day.average, 9),
        high_24h: price(day.high),
        low_24h: price(day.low),
      },
    }
  },
}
