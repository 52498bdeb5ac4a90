/** What the six exchanges say over their sockets, by their documents of 2026-11-22. */

type Fields = Readonly<Record<string, unknown>>

export type LiveSample = {
  /** As the catalogue has it, and as the socket does. */
  readonly market: string
  readonly name: string
  /** A ticker whose row has other fields. */
  readonly ticker: (differing?: Fields) => unknown
  readonly row: Fields
  /** The ticker that an ordinary row makes, but for what it has from its receipt. */
  readonly read: Fields
  /** Neither a ticker nor a refusal. */
  readonly others: readonly unknown[]
}

export const liveSamples: Readonly<Record<string, LiveSample>> = {
  binance: {
    market: 'BTCUSDT',
    name: 'BTCUSDT',
    row: {
      e: '24hrTicker',
      E: 1_795_343_399_900,
      s: 'BTCUSDT',
      p: '-12.10',
      P: '-0.017',
      w: '69500.10',
      x: '69640.00',
      c: '69624.00',
      Q: '0.01',
      b: '69623.99',
      B: '1.2',
      a: '69624.01',
      A: '0.5',
      o: '69636.10',
      h: '70100.00',
      l: '69000.00',
      v: '33278.39',
      q: '2354076638.59',
      O: 1_795_256_999_900,
      C: 1_795_343_399_900,
      F: 0,
      L: 18_150,
      n: 18_151,
    },
    ticker(differing) {
      return { stream: 'btcusdt@ticker', data: { ...this.row, ...differing } }
    },
    read: {
      last: 69_624,
      bid: 69_623.99,
      ask: 69_624.01,
      volume: 33_278.39,
      open24h: 69_636.1,
      observedAtMs: 1_795_343_399_900,
      observedKind: 'ticker',
    },
    others: [
      { result: null, id: 1 },
      { result: ['btcusdt@ticker'], id: 2 },
      { stream: 'btcusdt@trade', data: { e: 'trade', s: 'BTCUSDT', p: '1' } },
    ],
  },
  bybit: {
    market: 'BTCUSDT',
    name: 'BTCUSDT',
    row: {
      symbol: 'BTCUSDT',
      lastPrice: '21109.77',
      highPrice24h: '21426.99',
      lowPrice24h: '20575',
      prevPrice24h: '20704.93',
      volume24h: '6780.866843',
      turnover24h: '141946527.22907118',
      price24hPcnt: '0.0196',
      usdIndexPrice: '21120.2400136',
    },
    ticker(differing) {
      const data = { ...this.row, ...differing }
      const ts = 1_795_343_399_900
      return { topic: 'tickers.BTCUSDT', ts, type: 'snapshot', cs: 2_588_407_389, data }
    },
    read: {
      last: 21_109.77,
      volume: 6_780.866843,
      open24h: 20_704.93,
      observedAtMs: 1_795_343_399_900,
      observedKind: 'response',
    },
    others: [
      { success: true, ret_msg: 'pong', conn_id: 'x', req_id: '2', op: 'ping' },
      { success: true, ret_msg: 'subscribe', conn_id: 'x', req_id: '1', op: 'subscribe' },
    ],
  },
  coinbase: {
    market: 'BTC-USD',
    name: 'BTC-USD',
    row: {
      type: 'ticker',
      sequence: 37_475_248_783,
      product_id: 'BTC-USD',
      price: '73367.8',
      open_24h: '72100.5',
      volume_24h: '1207.50668151',
      low_24h: '68600',
      high_24h: '73640',
      volume_30d: '245532.79',
      best_bid: '73360.34',
      best_bid_size: '0.2',
      best_ask: '73369.19',
      best_ask_size: '0.1',
      side: 'buy',
      time: '2026-11-22T10:29:59.900123Z',
      trade_id: 370_843_401,
      last_size: '0.0073',
    },
    ticker(differing) {
      return { ...this.row, ...differing }
    },
    read: {
      last: 73_367.8,
      bid: 73_360.34,
      ask: 73_369.19,
      volume: 1_207.50668151,
      open24h: 72_100.5,
      observedAtMs: Date.UTC(2026, 10, 22, 10, 29, 59, 900),
      observedKind: 'trade',
    },
    others: [
      { type: 'subscriptions', channels: [{ name: 'ticker_batch', product_ids: ['BTC-USD'] }] },
      { type: 'heartbeat', sequence: 90, last_trade_id: 20, product_id: 'BTC-USD', time: 'x' },
    ],
  },
  gate: {
    market: 'BTC_USDT',
    name: 'BTC_USDT',
    row: {
      currency_pair: 'BTC_USDT',
      last: '15743.4',
      lowest_ask: '15744.4',
      highest_bid: '15743.3',
      change_percentage: '25',
      base_volume: '9110.473081735',
      quote_volume: '145082083.2535',
      high_24h: '16280.9',
      low_24h: '15468.5',
    },
    ticker(differing) {
      return {
        time: 1_795_343_399,
        time_ms: 1_795_343_399_900,
        channel: 'spot.tickers',
        event: 'update',
        result: { ...this.row, ...differing },
      }
    },
    read: {
      last: 15_743.4,
      bid: 15_743.3,
      ask: 15_744.4,
      volume: 9_110.473081735,
      open24h: 15_743.4 / 1.25,
      observedAtMs: 1_795_343_399_900,
      observedKind: 'response',
    },
    others: [
      { time: 1, time_ms: 1_000, channel: 'spot.pong', event: '', result: null },
      { id: 1, channel: 'spot.tickers', event: 'subscribe', result: { status: 'success' } },
      { id: 1, channel: 'spot.tickers', event: 'subscribe', error: null, result: {} },
    ],
  },
  kraken: {
    market: 'XBTUSD',
    name: 'BTC/USD',
    row: {
      symbol: 'BTC/USD',
      bid: 73_380.6,
      bid_qty: 1,
      ask: 73_380.7,
      ask_qty: 1,
      last: 73_380.6,
      volume: 598.04,
      vwap: 71_501.6,
      low: 68_666,
      high: 73_580,
      change: 14_676.12,
      change_pct: 25,
      timestamp: '2026-11-22T10:29:59.900123Z',
    },
    ticker(differing) {
      return { channel: 'ticker', type: 'update', data: [{ ...this.row, ...differing }] }
    },
    read: {
      last: 73_380.6,
      bid: 73_380.6,
      ask: 73_380.7,
      volume: 598.04,
      open24h: 73_380.6 / 1.25,
      observedAtMs: Date.UTC(2026, 10, 22, 10, 29, 59, 900),
      observedKind: 'ticker',
    },
    others: [
      { channel: 'heartbeat' },
      { channel: 'status', type: 'update', data: [{ system: 'online', symbol: 'BTC/USD' }] },
      { method: 'pong', req_id: 1, time_in: 'x', time_out: 'x' },
      { method: 'subscribe', result: { channel: 'ticker', symbol: 'BTC/USD' }, success: true },
    ],
  },
  okx: {
    market: 'BTC-USDT',
    name: 'BTC-USDT',
    row: {
      instType: 'SPOT',
      instId: 'BTC-USDT',
      last: '73370.1',
      lastSz: '0.01',
      bidPx: '73370',
      bidSz: '1.2',
      askPx: '73370.1',
      askSz: '0.5',
      open24h: '72100',
      high24h: '73640',
      low24h: '68600',
      vol24h: '7712.4',
      volCcy24h: '553000000',
      ts: '1795343399900',
    },
    ticker(differing) {
      const arg = { channel: 'tickers', instId: 'BTC-USDT' }
      return { arg, data: [{ ...this.row, ...differing }] }
    },
    read: {
      last: 73_370.1,
      bid: 73_370,
      ask: 73_370.1,
      volume: 7_712.4,
      open24h: 72_100,
      observedAtMs: 1_795_343_399_900,
      observedKind: 'ticker',
    },
    others: [
      'pong',
      { event: 'subscribe', arg: { channel: 'tickers', instId: 'BTC-USDT' }, connId: 'x' },
    ],
  },
}
