/** The exchanges that can be listened to, by name; which are, and where, is said by settings. */

import { z } from 'zod'
import { liveBinance } from './binance.ts'
import { liveBybit } from './bybit.ts'
import { liveCoinbase } from './coinbase.ts'
import { liveGate } from './gate.ts'
import { liveKraken } from './kraken.ts'
import type { LiveExchange } from './live-exchange.ts'
import { liveOkx } from './okx.ts'

export const liveExchanges: ReadonlyMap<string, LiveExchange> = new Map(
  [liveBinance, liveBybit, liveCoinbase, liveGate, liveKraken, liveOkx].map((exchange) => [
    exchange.name,
    exchange,
  ]),
)

const nameSchema = z
  .string()
  .refine((name) => liveExchanges.has(name), 'Names no exchange that can be listened to.')

/** The setting `LIVE_SOURCES`: names of exchanges with commas between them. `` is none. */
export const liveSourcesSchema = z
  .string()
  .transform((text) => text.split(',').flatMap((name) => name.trim() || []))
  .pipe(z.array(nameSchema))
  .transform((names): ReadonlySet<string> => new Set(names))

/** The setting `EXCHANGE_LIVE_URLS`: a JSON object from an exchange's name to its socket's address. */
export const liveUrlsSchema = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue({ code: 'custom', message: 'EXCHANGE_LIVE_URLS is not JSON.' })
      return z.NEVER
    }
  })
  .pipe(z.record(nameSchema, z.url({ protocol: /^wss?$/ })))

type Urls = Readonly<Record<string, string>>

/**
 * Where each source is listened to. One whose REST address is replaced, and whose socket's is not,
 * is left out: a replay and the world are never mixed.
 *
 * @param settings Addresses that replace the exchanges' own, by their names.
 */
export function liveUrlsOf(settings: {
  readonly baseUrls: Urls
  readonly liveUrls: Urls
}): ReadonlyMap<string, string> {
  const { baseUrls, liveUrls } = settings
  return new Map(
    [...liveExchanges.values()].flatMap(({ name, url }) => {
      const own = baseUrls[name] === undefined ? url : undefined
      const address = liveUrls[name] ?? own
      return address === undefined ? [] : [[name, address] as const]
    }),
  )
}
