/** MEXC: one row of `/api/v3/ticker/24hr`, as recorded, ordinary but for what a test names. */

export function mexcRow(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    symbol: 'BTCUSDT',
    priceChange: '1248.51',
    priceChangePercent: '0.0173',
    prevClosePrice: '72149.26',
    lastPrice: '73397.77',
    lastQty: '',
    bidPrice: '73369.83',
    bidQty: '10.01',
    askPrice: '73369.84',
    askQty: '6.33',
    openPrice: '72149.26',
    volume: '7729.258925',
    quoteVolume: '554877037.44',
    openTime: 1_730_438_999_449,
    closeTime: 1_730_439_018_472,
    count: null,
    ...differing,
  }
}
