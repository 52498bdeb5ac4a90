/** DigiFinex: `/v3/ticker`, as recorded, ordinary but for what a test names. */

export function digifinexRow(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    symbol: 'btc_usdt',
    last: 73_374.31,
    buy: 73_368.2,
    sell: 73_368.21,
    vol: 19_018.837_25,
    base_vol: 1_362_205_687.879_6,
    high: 73_628.03,
    low: 68_697.21,
    change: 1.71,
    ...differing,
  }
}

export function digifinexAnswer(...rows: unknown[]): Record<string, unknown> {
  return { ticker: rows, date: 1_730_439_018, code: 0 }
}
