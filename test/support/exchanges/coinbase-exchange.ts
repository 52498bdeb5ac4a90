/** Coinbase Exchange: the ticker of a product, as recorded, ordinary but for what a test names. */

export function coinbaseTicker(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    trade_id: 18_502_105,
    price: '73367.8',
    size: '0.0073',
    bid: '73360.34',
    ask: '73369.19',
    volume: '1207.50668151',
    time: '2024-10-31T05:30:17.270099Z',
    ...differing,
  }
}

/** The instant that the ordinary ticker dates itself by, in whole milliseconds. */
export const coinbaseTradeTime = Date.UTC(2024, 9, 31, 5, 30, 17, 270)
