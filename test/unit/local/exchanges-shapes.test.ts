/** Venues with shapes of their own, as they answer: field by field, oddities and refusals included. */

import { describe, expect, test } from 'vitest'
import { replayOf } from '../../../local/exchanges/replay.ts'
import { loadTape } from '../../../local/exchanges/tape.ts'
import { venues } from '../../../local/exchanges.ts'

/** A quiet instant; every answer below is the same in each run. */
const nowMs = Date.UTC(2026, 10, 22, 10, 30, 0, 500)
const replay = replayOf(venues, loadTape(), () => nowMs)

type Asked = { readonly method?: string; readonly body?: unknown }

function get(venue: string, pathAndQuery: string, { method = 'GET', body }: Asked = {}) {
  const { pathname: path, searchParams: query } = new URL(pathAndQuery, 'http://venue')
  const answer = replay.answer(venue, { method, path, query, headers: {}, body })
  if (answer?.kind !== 'reply') throw new Error(`${venue} did not answer.`)
  // As it comes over the network.
  const said: unknown = JSON.parse(JSON.stringify(answer.reply.body))
  return { ...answer.reply, body: said }
}

const decimal = expect.stringMatching(/^\d+(\.\d+)?$/)
const change = expect.stringMatching(/^-?\d\.\d+$/)
const number = expect.any(Number)

/** Whether an instant is of the last few seconds. */
function isRecent(atMs: unknown): boolean {
  return typeof atMs === 'number' && atMs <= nowMs && nowMs - atMs < 5_000
}

describe('Crypto.com', () => {
  const tickers = (query = '') => get('crypto.com', `/public/get-tickers${query}`)

  test('answers one instrument, field by field', () => {
    const { status, body } = tickers('?instrument_name=BTC_USD')
    expect(status).toBe(200)
    const price = expect.stringMatching(/^\d{5}\.\d\d$/)
    expect(body).toEqual({
      id: -1,
      method: 'public/get-tickers',
      code: 0,
      result: {
        data: [
          {
            i: 'BTC_USD',
            h: price,
            l: price,
            a: price,
            v: decimal,
            vv: decimal,
            c: change,
            b: price,
            k: price,
            t: expect.toSatisfy(isRecent),
          },
        ],
      },
    })
  })

  test('answers everything when nothing is named: perpetuals, nulls, a dead book', () => {
    const { body } = tickers()
    expect(body).toMatchObject({
      result: {
        data: expect.arrayContaining([
          expect.objectContaining({ i: 'BTCUSD-PERP', a: decimal }),
          expect.objectContaining({ i: 'MATIC_USD', a: null, b: null, k: null, c: null }),
          expect.objectContaining({ i: 'BTC_USDC', a: '20100.0', v: '0', t: nowMs }),
        ]),
      },
    })
  })

  test('does not know NOPE_USD', () => {
    expect(tickers('?instrument_name=NOPE_USD')).toMatchObject({
      status: 400,
      body: { code: 30_003 },
    })
  })
})

describe('Gemini', () => {
  test('has a price for every pair, perpetuals too, and nothing else of it', () => {
    const { body } = get('gemini', '/v1/pricefeed')
    const row = { price: decimal, percentChange24h: change }
    expect(body).toEqual(expect.arrayContaining([{ pair: 'BTCUSD', ...row }]))
    expect(body).toEqual(expect.arrayContaining([{ pair: 'BTCGUSDPERP', ...row }]))
  })

  test('dates the volume of one pair, not its trade', () => {
    expect(get('gemini', '/v1/pubticker/btcusd').body).toEqual({
      bid: decimal,
      ask: decimal,
      last: decimal,
      volume: { BTC: decimal, USD: decimal, timestamp: nowMs },
    })
  })

  test('does not know nopeusd', () => {
    expect(get('gemini', '/v1/pubticker/nopeusd')).toMatchObject({
      status: 400,
      body: { result: 'error', reason: 'InvalidSymbol' },
    })
  })
})

describe('Upbit', () => {
  test('answers named markets in their order, in numbers, field by field', () => {
    const { body, headers } = get('upbit', '/v1/ticker?markets=USDT-ETH,USDT-BTC')
    expect(body).toMatchObject([{ market: 'USDT-ETH' }, { market: 'USDT-BTC' }])
    expect(body).toHaveProperty('1', {
      market: 'USDT-BTC',
      trade_timestamp: expect.toSatisfy(isRecent),
      opening_price: number,
      high_price: number,
      low_price: number,
      trade_price: number,
      prev_closing_price: number,
      change: expect.stringMatching(/^(RISE|EVEN|FALL)$/),
      change_price: number,
      change_rate: number,
      signed_change_price: number,
      signed_change_rate: number,
      trade_volume: number,
      acc_trade_price: number,
      acc_trade_price_24h: number,
      acc_trade_volume: number,
      acc_trade_volume_24h: number,
      timestamp: number,
    })
    expect(headers).toEqual({ 'Remaining-Req': expect.stringContaining('group=ticker') })
  })

  test('lets one unknown market fail the whole call', () => {
    expect(get('upbit', '/v1/ticker?markets=USDT-BTC,USDT-NOPE')).toMatchObject({
      status: 404,
      body: { error: { name: 404, message: 'Code not found' } },
    })
  })

  test('answers all of a currency, and refuses a call without markets', () => {
    const { body } = get('upbit', '/v1/ticker/all?quote_currencies=BTC')
    expect(body).toMatchObject([{ market: 'BTC-ETH' }])
    expect(get('upbit', '/v1/ticker/all?quote_currencies=KRW').status).toBe(404)
    expect(get('upbit', '/v1/ticker').status).toBe(400)
  })
})

describe('BitMart', () => {
  test('answers rows without names, leveraged tokens among them', () => {
    const { body } = get('bitmart', '/spot/quotation/v3/tickers')
    const rest = [decimal, decimal, decimal, decimal, decimal, decimal, change]
    const book = [decimal, decimal, decimal, decimal]
    const evenSecond = expect.stringMatching(/^\d{9}[02468]000$/)
    expect(body).toMatchObject({ code: 1_000, message: 'success' })
    expect(body).toHaveProperty(
      'data',
      expect.arrayContaining([
        ['BTC_USDT', ...rest, ...book, evenSecond],
        ['BTC3L_USDT', ...rest, ...book, evenSecond],
      ]),
    )
  })

  test('names the fields of one pair, and does not know NOPE_USDT', () => {
    const one = (symbol: string) => get('bitmart', `/spot/quotation/v3/ticker?symbol=${symbol}`)
    expect(one('USDX_USDT').body).toMatchObject({
      code: 1_000,
      data: { symbol: 'USDX_USDT', last: decimal, v_24h: decimal, bid_px: decimal, ts: decimal },
    })
    expect(one('NOPE_USDT')).toMatchObject({ status: 400, body: { data: {} } })
  })
})

describe('Hyperliquid', () => {
  const info = (body: unknown) => get('hyperliquid', '/info', { method: 'POST', body })

  test('answers tokens and pairs by number, and prices by the names of pairs', () => {
    const { status, body } = info({ type: 'spotMetaAndAssetCtxs' })
    expect(status).toBe(200)
    expect(body).toMatchObject([
      {
        tokens: expect.arrayContaining([
          expect.objectContaining({ name: 'USDC', index: 0 }),
          expect.objectContaining({ name: 'UBTC', index: 197 }),
        ]),
        universe: expect.arrayContaining([
          { name: 'PURR/USDC', tokens: [1, 0], index: 0, isCanonical: true },
          { name: '@107', tokens: [150, 0], index: 107, isCanonical: false },
        ]),
      },
      expect.arrayContaining([
        {
          coin: '@107',
          prevDayPx: decimal,
          dayNtlVlm: decimal,
          markPx: decimal,
          midPx: decimal,
          circulatingSupply: decimal,
          totalSupply: decimal,
          dayBaseVlm: decimal,
        },
        expect.objectContaining({ coin: 'PURR/USDC', midPx: null, markPx: decimal }),
      ]),
    ])
  })

  test('its pairs are no index into its prices', () => {
    const { body } = info({ type: 'spotMetaAndAssetCtxs' })
    expect(body).not.toHaveProperty('[1][1].coin', '@9')
    expect(body).toHaveProperty('[0].universe[1].name', '@9')
  })

  test.each([{ type: 'nothing' }, {}, null, 'spotMeta', undefined])('refuses %j', (asked) => {
    expect(info(asked).status).toBe(422)
  })

  test('answers no GET', () => {
    expect(get('hyperliquid', '/info').status).toBe(404)
  })
})

test.each([
  { venue: 'bitmart', body: { code: 30_013 } },
  { venue: 'crypto.com', body: { code: 42_901 } },
  { venue: 'gemini', body: { reason: 'RateLimit' } },
  { venue: 'upbit', body: { error: { name: 'too_many_requests' } } },
  { venue: 'coinbase-exchange', body: { message: 'Public rate limit exceeded' } },
  { venue: 'hyperliquid', body: null },
])('$venue says in its own words that it is asked too often', ({ venue, body }) => {
  const refusal = venues.find(({ name }) => name === venue)?.refusal(429)
  if (body === null) expect(refusal).toBeNull()
  else expect(refusal).toMatchObject(body)
})
