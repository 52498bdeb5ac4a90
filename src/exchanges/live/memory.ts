/**
 * What a socket has told, the last ticker of each wanted market: no more than are wanted, each with
 * the instant at which it was observed. It outlives connections, and grows old by itself.
 */

import type { Ticker } from '../../core/quote.ts'

export class LiveMemory {
  readonly #tickers = new Map<string, Ticker>()

  /** Of two tickers of a market the newer one stays, whichever came last. */
  keep(tickers: readonly Ticker[]): void {
    for (const ticker of tickers) {
      const known = this.#tickers.get(ticker.market)
      if (known === undefined || known.observedAtMs <= ticker.observedAtMs) {
        this.#tickers.set(ticker.market, ticker)
      }
    }
  }

  /** Forgets every market that nobody wants. */
  want(markets: ReadonlySet<string>): void {
    for (const market of this.#tickers.keys()) {
      if (!markets.has(market)) this.#tickers.delete(market)
    }
  }

  /** Tickers of these markets that were observed at an instant or later, Unix milliseconds. */
  since(atMs: number, markets: Iterable<string>): readonly Ticker[] {
    return [...markets].flatMap((market) => {
      const ticker = this.#tickers.get(market)
      return ticker !== undefined && ticker.observedAtMs >= atMs ? [ticker] : []
    })
  }
}
