/** Builders: rows of Bitstamp's answer to `/api/v2/ticker/`. */

/** One market; the time is the server's, in seconds. */
export function bitstampRow(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    timestamp: '1730439018',
    pair: 'BTC/USD',
    last: '73285',
    bid: '73353',
    ask: '73367',
    high: '73656',
    low: '68626',
    open: '71448',
    open_24: '72144',
    volume: '135.29692054',
    vwap: '70853',
    side: '0',
    percent_change_24: '1.58',
    ...differing,
  }
}
