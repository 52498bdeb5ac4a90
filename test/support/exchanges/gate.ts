/** Builders: rows of Gate's answer to `/api/v4/spot/tickers`. */

/** One spot market. */
export function gateRow(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    currency_pair: 'BTC_USDT',
    last: '26019.8',
    lowest_ask: '26019.9',
    highest_bid: '26019.7',
    change_percentage: '1.09',
    base_volume: '4722.912133756',
    quote_volume: '122324034.68892',
    high_24h: '26202.4',
    low_24h: '25606.3',
    ...differing,
  }
}

/** A leveraged token, of which a coin's name is the beginning. */
export function gateLeveragedRow(): Record<string, unknown> {
  return gateRow({
    currency_pair: 'BTC3L_USDT',
    last: '2.4614',
    etf_net_value: '2.46316141',
    etf_pre_net_value: '2.43201848',
    etf_pre_timestamp: 1_611_244_800,
    etf_leverage: '2.2803019447281203',
  })
}
