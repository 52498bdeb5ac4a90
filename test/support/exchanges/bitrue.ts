/** Bitrue: one row of `/api/v1/ticker/24hr`, as recorded, ordinary but for what a test names. */

export function bitrueRow(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    symbol: 'BTCUSDT',
    weightedAvgPrice: null,
    lastPrice: '73369.84',
    lastQty: null,
    bidPrice: '73369.83',
    askPrice: '73369.84',
    openPrice: '72161.11',
    highPrice: '73630.71',
    lowPrice: '63892.36',
    volume: '45360.559',
    quoteVolume: '3262918839.286',
    openTime: 0,
    closeTime: 0,
    firstId: 0,
    lastId: 0,
    count: 0,
    ...differing,
  }
}
