/** Bitget: `/api/v2/spot/market/tickers`, as documented, ordinary but for what a test names. */

export function bitgetRow(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    symbol: 'BTCUSDT',
    lastPr: '37583.69',
    bidPr: '37583.68',
    askPr: '37583.69',
    bidSz: '0.0007',
    askSz: '0.0829',
    open: '37202.46',
    high24h: '37744.75',
    low24h: '36666',
    baseVolume: '13907.0386',
    quoteVolume: '519127705.303',
    usdtVolume: '519127705.302908',
    ts: '1730439018261',
    change24h: '0.00321',
    ...differing,
  }
}

export function bitgetAnswer(...rows: unknown[]): Record<string, unknown> {
  return { code: '00000', msg: 'success', requestTime: 1_730_439_018_782, data: rows }
}
