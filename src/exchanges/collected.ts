/** What a collector is asked for, and what it brings back. */

import type { Ticker } from '../core/quote.ts'
import type { Region } from './exchange.ts'

/** What one tick wants of one exchange, and who else can ask it should it refuse this place. */
export type SourcePlan = {
  readonly source: string
  readonly markets: readonly string[]
  readonly fallback?: { readonly name: string; readonly locationHint: Region }
  /** Its tickers are listened to over a WebSocket, and asked for only where that does not tell. */
  readonly isLive?: boolean
}

/** What one tick brought in. A source may have given tickers and a failure: a part of them. */
export type Collected = {
  readonly tickers: readonly Ticker[]
  readonly failures: readonly {
    readonly source: string
    /** An `ExchangeErrorCode`. */
    readonly code: string
    readonly message: string
  }[]
  /** How long each source's slowest request took, milliseconds; absent for those that did not answer now. */
  readonly latencyMs: Readonly<Record<string, number>>
}

/** Of a source that brought nothing, and nothing went wrong. */
export const nothing: Collected = { tickers: [], failures: [], latencyMs: {} }

export function failing(
  source: string,
  { code, message }: { readonly code: string; readonly message: string },
): Collected {
  return { ...nothing, failures: [{ source, code, message }] }
}

export function together(parts: readonly Collected[]): Collected {
  return {
    tickers: parts.flatMap(({ tickers }) => tickers),
    failures: parts.flatMap(({ failures }) => failures),
    latencyMs: Object.assign({}, ...parts.map(({ latencyMs }) => latencyMs)),
  }
}
