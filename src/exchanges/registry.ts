/** The exchanges that can be asked, by name, and where each of them is reached. */

import { z } from 'zod'
import { binance } from './binance.ts'
import { binanceus } from './binanceus.ts'
import { bitfinex } from './bitfinex.ts'
import { bitget } from './bitget.ts'
import { bitmart } from './bitmart.ts'
import { bitrue } from './bitrue.ts'
import { bitstamp } from './bitstamp.ts'
import { bybit } from './bybit.ts'
import { coinbaseExchange } from './coinbase-exchange.ts'
import { coinbase } from './coinbase.ts'
import { cryptoCom } from './crypto-com.ts'
import { digifinex } from './digifinex.ts'
import type { Exchange } from './exchange.ts'
import { gate } from './gate.ts'
import { gemini } from './gemini.ts'
import { htx } from './htx.ts'
import { hyperliquid } from './hyperliquid.ts'
import { kraken } from './kraken.ts'
import { kucoin } from './kucoin.ts'
import { mexc } from './mexc.ts'
import { okx } from './okx.ts'
import { upbit } from './upbit.ts'

/** One a line, in order of their names. */
const all: readonly Exchange[] = [
  binance,
  binanceus,
  bitfinex,
  bitget,
  bitmart,
  bitrue,
  bitstamp,
  bybit,
  coinbase,
  coinbaseExchange,
  cryptoCom,
  digifinex,
  gate,
  gemini,
  htx,
  hyperliquid,
  kraken,
  kucoin,
  mexc,
  okx,
  upbit,
]

export const exchanges: ReadonlyMap<string, Exchange> = new Map(
  all.map((exchange) => [exchange.name, exchange]),
)

/**
 * The setting `EXCHANGE_BASE_URLS`: a JSON object from an exchange's name to the address that
 * replaces its own, for a replay or another host. `{}` replaces none.
 */
export const exchangeBaseUrlsSchema = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue({ code: 'custom', message: 'EXCHANGE_BASE_URLS is not JSON.' })
      return z.NEVER
    }
  })
  .pipe(
    z.record(
      z.string().refine((name) => exchanges.has(name), 'Names no exchange that we know.'),
      // Paths are appended, so a slash at the end would be one too many.
      z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
    ),
  )
export type ExchangeBaseUrls = z.output<typeof exchangeBaseUrlsSchema>
