/** BitMart: `/spot/quotation/v3/tickers`, as documented, ordinary but for what a test names. */

/** When its ordinary row is of: 1.5 s before the answers of a test arrive. */
export const bitmartTime = 1_730_439_017_972

const fields = {
  symbol: 'BTC_USDT',
  last: '30000.00',
  volume: '582.08066',
  quoteVolume: '4793098.48',
  open: '28596.30',
  high: '31012.44',
  low: '28100.00',
  change: '0.04909',
  bid: '30000',
  bidSize: '1',
  ask: '30000.1',
  askSize: '1',
  time: String(bitmartTime),
} as const

/** A row, whose fields have a place and no name. */
export function bitmartRow(
  differing: Partial<Record<keyof typeof fields, unknown>> = {},
): readonly unknown[] {
  return Object.values({ ...fields, ...differing })
}

export function bitmartAnswer(...rows: unknown[]): Record<string, unknown> {
  return { code: 1_000, trace: 'x', message: 'success', data: rows }
}
