/** Whether this machine reaches the exchanges themselves: one question each, with a deadline. */

import { exchanges } from '../src/exchanges/registry.ts'

const probeWithinMs = 4_000

/** A market that each venue has, in its own spelling. */
const probeMarkets: Readonly<Record<string, string>> = {
  binance: 'BTCUSDT',
  coinbase: 'BTC-USD',
  kraken: 'XBTUSD',
}

/** Names of the exchanges that answered with a price. */
export async function liveExchanges(): Promise<readonly string[]> {
  const answers = await Promise.all(
    Object.entries(probeMarkets).map(async ([name, market]) =>
      (await isAnswering(name, market)) ? [name] : [],
    ),
  )
  return answers.flat()
}

async function isAnswering(name: string, market: string): Promise<boolean> {
  const exchange = exchanges.get(name)
  if (exchange === undefined) return false
  const { path, headers } = exchange.request([market])
  try {
    const response = await fetch(exchange.baseUrl + path, {
      headers: { ...headers },
      signal: AbortSignal.timeout(probeWithinMs),
    })
    const body: unknown = await response.json()
    return exchange.tickers(body, { markets: [market], receivedAtMs: Date.now() }).length > 0
  } catch {
    // Out of reach, for whatever reason: that is the answer.
    return false
  }
}
