/**
 * An answer with an odd row of every exchange that can be asked. A new exchange adds its line here,
 * and its builders to a file of its own in `exchanges/`.
 */

import fc from 'fast-check'
import { binance } from '../../src/exchanges/binance.ts'
import { binanceus } from '../../src/exchanges/binanceus.ts'
import { bitfinex } from '../../src/exchanges/bitfinex.ts'
import { bitget } from '../../src/exchanges/bitget.ts'
import { bitmart } from '../../src/exchanges/bitmart.ts'
import { bitrue } from '../../src/exchanges/bitrue.ts'
import { bitstamp } from '../../src/exchanges/bitstamp.ts'
import { bybit } from '../../src/exchanges/bybit.ts'
import { coinbaseExchange } from '../../src/exchanges/coinbase-exchange.ts'
import { coinbase } from '../../src/exchanges/coinbase.ts'
import { cryptoCom } from '../../src/exchanges/crypto-com.ts'
import { digifinex } from '../../src/exchanges/digifinex.ts'
import type { Exchange } from '../../src/exchanges/exchange.ts'
import { gate } from '../../src/exchanges/gate.ts'
import { gemini } from '../../src/exchanges/gemini.ts'
import { htx } from '../../src/exchanges/htx.ts'
import { hyperliquid } from '../../src/exchanges/hyperliquid.ts'
import { kraken } from '../../src/exchanges/kraken.ts'
import { kucoin } from '../../src/exchanges/kucoin.ts'
import { mexc } from '../../src/exchanges/mexc.ts'
import { okx } from '../../src/exchanges/okx.ts'
import { upbit } from '../../src/exchanges/upbit.ts'
import {
  binanceRow,
  coinbaseAnswer,
  coinbaseProduct,
  krakenAnswer,
  krakenPair,
} from './exchanges.ts'
import { bitfinexRow } from './exchanges/bitfinex.ts'
import { bitgetAnswer, bitgetRow } from './exchanges/bitget.ts'
import { bitmartAnswer, bitmartRow } from './exchanges/bitmart.ts'
import { bitrueRow } from './exchanges/bitrue.ts'
import { bitstampRow } from './exchanges/bitstamp.ts'
import { bybitAnswer, bybitRow } from './exchanges/bybit.ts'
import { coinbaseTicker } from './exchanges/coinbase-exchange.ts'
import { cryptoComAnswer, cryptoComRow } from './exchanges/crypto-com.ts'
import { digifinexAnswer, digifinexRow } from './exchanges/digifinex.ts'
import { gateRow } from './exchanges/gate.ts'
import { geminiPrice } from './exchanges/gemini.ts'
import { htxAnswer, htxRow } from './exchanges/htx.ts'
import { hyperliquidAnswer, hyperliquidPrice } from './exchanges/hyperliquid.ts'
import { kucoinAnswer, kucoinRow } from './exchanges/kucoin.ts'
import { mexcRow } from './exchanges/mexc.ts'
import { okxAnswer, okxRow } from './exchanges/okx.ts'
import { upbitRow } from './exchanges/upbit.ts'
import { oddity, oddly } from './oddity.ts'

export type OddAnswer = {
  readonly exchange: Exchange
  /** The market that the odd row is of. */
  readonly market: string
  readonly body: fc.Arbitrary<unknown>
}

const pair = krakenPair()

/** By the exchange's name. */
export const oddAnswers: Readonly<Record<string, OddAnswer>> = {
  binance: {
    exchange: binance,
    market: 'BTCUSDT',
    body: oddly(binanceRow()).map((row) => [{ ...row, symbol: 'BTCUSDT' }]),
  },
  binanceus: {
    exchange: binanceus,
    market: 'BTCUSD',
    body: oddly(binanceRow()).map((row) => [{ ...row, symbol: 'BTCUSD' }]),
  },
  bitfinex: {
    exchange: bitfinex,
    market: 'tBTCUSD',
    body: fc
      .record(
        { bid: oddity, ask: oddity, changeFraction: oddity, last: oddity, volume: oddity },
        { requiredKeys: [] },
      )
      .map((odd) => [bitfinexRow(odd)]),
  },
  bitget: {
    exchange: bitget,
    market: 'BTCUSDT',
    body: oddly(bitgetRow()).map((row) => bitgetAnswer({ ...row, symbol: 'BTCUSDT' })),
  },
  bitmart: {
    exchange: bitmart,
    market: 'BTC_USDT',
    body: fc
      .record(
        { last: oddity, volume: oddity, open: oddity, bid: oddity, ask: oddity, time: oddity },
        { requiredKeys: [] },
      )
      .map((odd) => bitmartAnswer(bitmartRow(odd))),
  },
  bitrue: {
    exchange: bitrue,
    market: 'BTCUSDT',
    body: oddly(bitrueRow()).map((row) => [{ ...row, symbol: 'BTCUSDT' }]),
  },
  bitstamp: {
    exchange: bitstamp,
    market: 'BTC/USD',
    body: oddly(bitstampRow()).map((row) => [{ ...row, pair: 'BTC/USD' }]),
  },
  bybit: {
    exchange: bybit,
    market: 'BTCUSDT',
    body: fc
      .tuple(oddly(bybitRow()), oddity)
      .map(([row, time]) => ({ ...bybitAnswer({ ...row, symbol: 'BTCUSDT' }), time })),
  },
  coinbase: {
    exchange: coinbase,
    market: 'BTC-USD',
    body: oddly(coinbaseProduct(), ['price', 'price_percentage_change_24h', 'volume_24h']).map(
      (product) => coinbaseAnswer(product),
    ),
  },
  'coinbase-exchange': {
    exchange: coinbaseExchange,
    market: 'BTC-USD',
    body: oddly(coinbaseTicker(), ['price', 'bid', 'ask', 'volume', 'time']),
  },
  'crypto.com': {
    exchange: cryptoCom,
    market: 'BTC_USD',
    body: oddly(cryptoComRow()).map((row) => cryptoComAnswer({ ...row, i: 'BTC_USD' })),
  },
  digifinex: {
    exchange: digifinex,
    market: 'btc_usdt',
    body: oddly(digifinexRow()).map((row) => digifinexAnswer({ ...row, symbol: 'btc_usdt' })),
  },
  gate: {
    exchange: gate,
    market: 'BTC_USDT',
    body: oddly(gateRow()).map((row) => [{ ...row, currency_pair: 'BTC_USDT' }]),
  },
  gemini: {
    exchange: gemini,
    market: 'BTCUSD',
    body: oddly(geminiPrice()).map((row) => [{ ...row, pair: 'BTCUSD' }]),
  },
  htx: {
    exchange: htx,
    market: 'btcusdt',
    body: oddly(htxRow()).map((row) => htxAnswer({ ...row, symbol: 'btcusdt' })),
  },
  hyperliquid: {
    exchange: hyperliquid,
    market: 'HYPE/USDC',
    body: oddly(hyperliquidPrice({ dayBaseVlm: '1638510.25' })).map((row) =>
      hyperliquidAnswer({ ...row, coin: '@107' }),
    ),
  },
  kraken: {
    exchange: kraken,
    market: 'XBTUSD',
    body: fc
      .record({
        a: fc.oneof(fc.constant(pair['a']), fc.array(oddity)),
        b: fc.oneof(fc.constant(pair['b']), fc.array(oddity)),
        c: fc.oneof(fc.constant(pair['c']), fc.array(oddity)),
        v: fc.oneof(fc.constant(pair['v']), fc.array(oddity)),
      })
      .map((odd) => krakenAnswer({ XXBTZUSD: { ...pair, ...odd } })),
  },
  kucoin: {
    exchange: kucoin,
    market: 'BTC-USDT',
    body: oddly(kucoinRow()).map((row) => kucoinAnswer({ ...row, symbol: 'BTC-USDT' })),
  },
  mexc: {
    exchange: mexc,
    market: 'BTCUSDT',
    body: oddly(mexcRow()).map((row) => [{ ...row, symbol: 'BTCUSDT' }]),
  },
  okx: {
    exchange: okx,
    market: 'BTC-USDT',
    body: oddly(okxRow()).map((row) => okxAnswer({ ...row, instId: 'BTC-USDT' })),
  },
  upbit: {
    exchange: upbit,
    market: 'USDT-BTC',
    body: oddly(upbitRow()).map((row) => [{ ...row, market: 'USDT-BTC' }]),
  },
}
