/** KuCoin: `/api/v1/market/allTickers`, as documented, ordinary but for what a test names. */

export function kucoinRow(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    symbol: 'BTC-USDT',
    symbolName: 'BTC-USDT',
    buy: '73370.1',
    bestBidSize: '0.2',
    sell: '73370.2',
    bestAskSize: '0.4',
    last: '73370.1',
    high: '73640',
    low: '68600',
    vol: '6100.5',
    volValue: '437000000',
    changeRate: '0.017',
    changePrice: '1230',
    averagePrice: '72002',
    takerFeeRate: '0.001',
    makerFeeRate: '0.001',
    ...differing,
  }
}

/** When KuCoin made its ordinary snapshot: 1.2 s before the answers of a test arrive. */
export const kucoinTime = 1_730_439_018_272

export function kucoinAnswer(...rows: unknown[]): Record<string, unknown> {
  return { code: '200000', data: { time: kucoinTime, ticker: rows } }
}
