/** Upbit: one row of `/v1/ticker`, as recorded, ordinary but for what a test names. */

/** When its last trade was: 40 s before the answers of a test arrive. */
export const upbitTradeTime = 1_730_438_979_472

export function upbitRow(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    market: 'USDT-BTC',
    trade_timestamp: upbitTradeTime,
    opening_price: 71_126.14,
    high_price: 73_831.69,
    low_price: 70_857,
    trade_price: 73_578.655,
    prev_closing_price: 71_126.14,
    trade_volume: 0.003_256_05,
    acc_trade_price_24h: 506_342.98,
    acc_trade_volume: 2.11,
    acc_trade_volume_24h: 7.039_353_49,
    timestamp: upbitTradeTime + 30,
    ...differing,
  }
}

export function upbitRefusal(name: unknown, message: unknown): Record<string, unknown> {
  return { error: { name, message } }
}
