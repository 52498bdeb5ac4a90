/** Builders: Bybit's answer to `/v5/market/tickers`. */

/** One spot market. */
export function bybitRow(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    symbol: 'BTCUSDT',
    lastPrice: '73371.2',
    bid1Price: '73371.1',
    bid1Size: '0.3',
    ask1Price: '73371.3',
    ask1Size: '1.1',
    prevPrice24h: '72100',
    price24hPcnt: '0.0176',
    highPrice24h: '73640',
    lowPrice24h: '68600',
    turnover24h: '1.2e9',
    volume24h: '16800.1',
    usdIndexPrice: '73380.5',
    ...differing,
  }
}

/** The time is of the answer, half a second before it arrives. */
export function bybitAnswer(...rows: unknown[]): Record<string, unknown> {
  return {
    retCode: 0,
    retMsg: 'OK',
    result: { category: 'spot', list: rows },
    retExtInfo: {},
    time: 1_730_439_018_972,
  }
}
