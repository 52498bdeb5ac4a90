/** Builders: OKX's answer to `/api/v5/market/tickers`. */

/** One spot market. */
export function okxRow(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    instType: 'SPOT',
    instId: 'BTC-USDT',
    last: '73370.1',
    lastSz: '0.01',
    bidPx: '73370',
    bidSz: '1.2',
    askPx: '73370.2',
    askSz: '0.5',
    open24h: '72100',
    high24h: '73640',
    low24h: '68600',
    vol24h: '7712.4',
    volCcy24h: '553000000',
    ts: '1730439018123',
    ...differing,
  }
}

export function okxAnswer(...rows: unknown[]): Record<string, unknown> {
  return { code: '0', msg: '', data: rows }
}
