/** The exchanges that can be asked, by name, and where each of them is reached. */

import { z } from 'zod'
import { binance } from './binance.ts'
import { coinbase } from './coinbase.ts'
import type { Exchange } from './exchange.ts'
import { kraken } from './kraken.ts'

/** One a line, in order of their names. */
const all: readonly Exchange[] = [binance, coinbase, kraken]

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
