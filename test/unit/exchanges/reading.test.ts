import { describe, expect, test } from 'vitest'
import type { Body } from '../../../src/exchanges/answer.ts'
import { binance } from '../../../src/exchanges/binance.ts'
import { bybit } from '../../../src/exchanges/bybit.ts'
import type { Exchange } from '../../../src/exchanges/exchange.ts'
import { ExchangeError } from '../../../src/exchanges/exchange.ts'
import { tickersIn } from '../../../src/exchanges/reading.ts'
import { answerTo, binanceRow } from '../../support/exchanges.ts'

function aBody(value: unknown, differing: Partial<Body> = {}): Body {
  return { value, ok: false, status: 400, headers: new Headers(), ...differing }
}

/** The error with which an exchange's body is refused. */
function refusedWith(exchange: Exchange, body: Body): ExchangeError {
  try {
    tickersIn(exchange, body, answerTo('BTCUSDT'))
  } catch (error) {
    if (error instanceof ExchangeError) return error
    throw error
  }
  throw new Error('Nothing was refused.')
}

test('a success is read by the exchange’s own reader', () => {
  const body = aBody([binanceRow({ symbol: 'BTCUSDT' })], { ok: true, status: 200 })
  expect(tickersIn(binance, body, answerTo('BTCUSDT'))).toMatchObject([{ market: 'BTCUSDT' }])
})

test('tickers under a status that refuses are none', () => {
  const body = aBody([binanceRow({ symbol: 'BTCUSDT' })], { status: 404 })
  expect(refusedWith(binance, body)).toMatchObject({ code: 'http-status', message: 'HTTP 404.' })
})

test.each([200, 404])('a reader that stumbles under %i fails as its exchange does', (status) => {
  const stumbling: Exchange = {
    ...binance,
    tickers: () => {
      throw new TypeError('x is not a function')
    },
  }
  const refused = refusedWith(stumbling, aBody([], { ok: status === 200, status }))
  expect(refused.code).toBe(status === 200 ? 'unexpected-shape' : 'http-status')
})

describe('a refusal', () => {
  test.each([
    { name: 'a market', value: { code: -1121 }, status: 400, code: 'market-refused' },
    { name: 'too much weight', value: { code: -1003 }, status: 403, code: 'rate-limited' },
    { name: 'anything else', value: { code: -1000 }, status: 400, code: 'exchange-refused' },
    { name: 'the place', value: { code: -1000 }, status: 403, code: 'blocked-here' },
    { name: 'in words of others', value: { title: 'Denied' }, status: 403, code: 'blocked-here' },
    { name: 'in words of nobody', value: null, status: 401, code: 'http-status' },
  ])('of $name with $status is $code', ({ value, status, code }) => {
    expect(refusedWith(binance, aBody(value, { status }))).toMatchObject({ code })
  })

  test('that asks for a wait is given it, the longer one of two', () => {
    const limited = aBody({ code: -1003 }, { retryAfterMs: 7_000 })
    expect(refusedWith(binance, limited)).toMatchObject({
      code: 'rate-limited',
      retryAfterMs: 7_000,
    })
    const banned = aBody({ ret_msg: 'access too frequent.' }, { status: 403, retryAfterMs: 7_000 })
    expect(refusedWith(bybit, banned)).toMatchObject({
      code: 'rate-limited',
      retryAfterMs: 600_000,
    })
  })

  test('keeps the exchange’s own words, and asks for no wait of itself', () => {
    const refused = refusedWith(binance, aBody({ code: -1000, msg: 'No.' }, { status: 403 }))
    expect(refused.message).toBe('Binance refused with -1000: No.')
    expect(refused.retryAfterMs).toBeUndefined()
  })
})
