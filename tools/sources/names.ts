/** An exchange by whatever a person calls it: `Crypto.com`, `binance_us` and `huobi` are known too. */

import { OracleError } from '../../src/protocol/errors.ts'
import type { Exchange } from '../../src/exchanges/exchange.ts'

/** Names that differ by more than their spelling, bare as `bareOf` makes them. */
const otherNames: Readonly<Record<string, string>> = {
  binancecom: 'binance',
  coinbaseadvanced: 'coinbase',
  gateio: 'gate',
  huobi: 'htx',
  okex: 'okx',
}

/**
 * The exchange that a text names.
 *
 * @throws {SourcesError} `exchange-unknown`, naming those that there are.
 */
export function exchangeNamed(text: string, known: ReadonlyMap<string, Exchange>): Exchange {
  const bare = bareOf(text)
  const wanted = otherNames[bare] ?? bare
  for (const exchange of known.values()) if (bareOf(exchange.name) === wanted) return exchange
  throw new SourcesError(
    'exchange-unknown',
    `No exchange is called "${text.slice(0, 40)}"; there are ${[...known.keys()].join(', ')}.`,
  )
}

function bareOf(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

export class SourcesError extends OracleError<
  | 'exchange-unknown'
  | 'option-malformed'
  | 'file-unreadable'
  | 'market-needed'
  | 'not-json'
  | 'too-large'
> {}
