/** Crypto.com: `/public/get-tickers`, as documented, ordinary but for what a test names. */

/** When its ordinary row is of: 0.7 s before the answers of a test arrive. */
export const cryptoComTime = 1_730_439_018_772

export function cryptoComRow(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    i: 'BTC_USD',
    h: '30821.45',
    l: '28685.11',
    a: '30446.00',
    v: '1767.8734',
    vv: '52436726.42',
    c: '0.0583',
    b: '30442.00',
    k: '30447.66',
    t: cryptoComTime,
    ...differing,
  }
}

export function cryptoComAnswer(...rows: unknown[]): Record<string, unknown> {
  return { id: -1, method: 'public/get-tickers', code: 0, result: { data: rows } }
}
