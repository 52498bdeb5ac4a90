/**
 * Builders: answers of exchanges in the shapes that their documents and recordings show, ordinary
 * but for what a test names; and a network that writes a diary.
 */

import type { AnswerContext } from '../../src/exchanges/exchange.ts'
import type { Fetch, FetchInit } from '../../src/exchanges/answer.ts'

/** When the answers of a test arrive: one second after Binance's ordinary `closeTime`. */
export const receivedAtMs = 1_730_439_019_472

export function answerTo(...markets: string[]): AnswerContext {
  return { markets, receivedAtMs }
}

/** Binance: one row of `/api/v3/ticker/24hr`. */
export function binanceRow(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    symbol: 'BTCUSDT',
    lastPrice: '69624.00000000',
    bidPrice: '69624.00000000',
    askPrice: '69624.01000000',
    openPrice: '72100.00000000',
    volume: '33278.39000000',
    quoteVolume: '2354076638.59000000',
    openTime: 1_730_352_618_472,
    closeTime: 1_730_439_018_472,
    firstId: 4_024_862_146,
    count: 5_019_250,
    ...differing,
  }
}

/** Binance: a row of a market that is no longer traded; they stay in the answer for years. */
export function binanceDelistedRow(symbol: string): Record<string, unknown> {
  return binanceRow({
    symbol,
    lastPrice: '0.00000000',
    bidPrice: '0.00000000',
    askPrice: '0.00000000',
    openPrice: '0.00000000',
    volume: '0.00000000',
    quoteVolume: '0.00000000',
    closeTime: 1_730_015_418_472,
    firstId: -1,
    count: 0,
  })
}

/** Coinbase: one product of Advanced Trade. */
export function coinbaseProduct(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    product_id: 'BTC-USD',
    price: '68923.67',
    price_percentage_change_24h: '-4.5',
    volume_24h: '15328.12',
    approximate_quote_24h_volume: '1056000000',
    mid_market_price: '',
    status: 'online',
    is_disabled: false,
    trading_disabled: false,
    view_only: false,
    auction_mode: false,
    cancel_only: false,
    alias: '',
    alias_to: ['BTC-USDC'],
    quote_currency_id: 'USD',
    base_currency_id: 'BTC',
    ...differing,
  }
}

export function coinbaseAnswer(...products: unknown[]): Record<string, unknown> {
  return { products, num_products: products.length }
}

/** Kraken: one pair of `/0/public/Ticker`; index 1 is the last 24 hours. */
export function krakenPair(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    a: ['73380.70000', '1', '1.000'],
    b: ['73380.60000', '1', '1.000'],
    c: ['73380.60000', '0.00160710'],
    v: ['165.16', '598.04'],
    p: ['72647.9', '71501.6'],
    t: [6_405, 21_103],
    l: ['71321.8', '68666.0'],
    h: ['73580.0', '73580.0'],
    o: '71450.7',
    ...differing,
  }
}

export function krakenAnswer(pairs: Record<string, unknown>): Record<string, unknown> {
  return { error: [], result: pairs }
}

/** Kraken's way of saying no: status 200 and an error in words. */
export function krakenRefusal(...errors: string[]): Record<string, unknown> {
  return { error: errors }
}

export function jsonResponse(body: unknown, init: ResponseInit = {}): Response {
  return Response.json(body, init)
}

/** What a content network answers in place of the exchange. */
export function htmlResponse(status: number, headers: Record<string, string> = {}): Response {
  return new Response('<!DOCTYPE html><title>Sorry</title>', {
    status,
    headers: { 'Content-Type': 'text/html; charset=UTF-8', ...headers },
  })
}

/** A network that answers as told and writes down what it was asked. */
export function diaryNetwork(answer: (url: URL, init: FetchInit) => Response | Promise<Response>): {
  readonly fetch: Fetch
  readonly diary: readonly string[]
} {
  const diary: string[] = []
  return {
    diary,
    fetch: async (url, init) => {
      diary.push(url)
      return answer(new URL(url), init)
    },
  }
}
