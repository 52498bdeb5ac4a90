/** HTX: `/market/tickers`, as documented, ordinary but for what a test names. */

export function htxRow(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    symbol: 'btcusdt',
    open: 72_100.1,
    high: 73_640,
    low: 68_600,
    close: 73_370.2,
    amount: 9_021.1,
    vol: 6.4e8,
    count: 300_123,
    bid: 73_370.1,
    bidSize: 0.2,
    ask: 73_370.2,
    askSize: 0.9,
    ...differing,
  }
}

/** When HTX made its ordinary answer: 0.6 s before the answers of a test arrive. */
export const htxTime = 1_730_439_018_872

export function htxAnswer(...rows: unknown[]): Record<string, unknown> {
  return { status: 'ok', ts: htxTime, data: rows }
}
