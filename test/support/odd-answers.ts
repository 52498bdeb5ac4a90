/**
 * An answer with an odd row of every exchange that can be asked. A new exchange adds its line here,
 * and its builders to a file of its own in `exchanges/`.
 */

import fc from 'fast-check'
import { binance } from '../../src/exchanges/binance.ts'
import { coinbase } from '../../src/exchanges/coinbase.ts'
import type { Exchange } from '../../src/exchanges/exchange.ts'
import { kraken } from '../../src/exchanges/kraken.ts'
import {
  binanceRow,
  coinbaseAnswer,
  coinbaseProduct,
  krakenAnswer,
  krakenPair,
} from './exchanges.ts'
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
  coinbase: {
    exchange: coinbase,
    market: 'BTC-USD',
    body: oddly(coinbaseProduct(), ['price', 'price_percentage_change_24h', 'volume_24h']).map(
      (product) => coinbaseAnswer(product),
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
}
