import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  exchangeBaseUrls,
  type RunningExchanges,
  startExchanges,
} from '../../../local/exchanges.ts'

/** A quiet instant; every answer below is the same in each run. */
const nowMs = Date.UTC(2026, 10, 22, 10, 30, 0, 500)
const dayMs = 86_400_000

let exchanges: RunningExchanges
beforeAll(async () => {
  exchanges = await startExchanges({ port: 0, now: () => nowMs })
})
afterAll(() => exchanges.stop())

type Got<Body> = { readonly status: number; readonly type: string; readonly body: Body }

async function get<Body>(venue: string, path: string): Promise<Got<Body>> {
  const response = await fetch(`${exchanges.baseUrls[venue]}${path}`)
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  // JSON.parse promises nothing, so each test says what it expects to find.
  const body = type.startsWith('application/json') ? JSON.parse(text) : text
  return { status: response.status, type, body }
}

type BinanceRow = {
  readonly symbol: string
  readonly openTime: number
  readonly closeTime: number
  readonly firstId: number
  readonly lastId: number
  readonly count: number
}
type Products = {
  readonly num_products: number
  readonly products: readonly Readonly<Record<string, unknown>>[]
}
type KrakenAnswer = {
  readonly result: Readonly<
    Record<string, { readonly v: [string, string]; readonly t: [number, number] }>
  >
}

const eightDecimals = expect.stringMatching(/^\d+\.\d{8}$/)
const signedEight = expect.stringMatching(/^-?\d+\.\d{8}$/)
const decimal = expect.stringMatching(/^\d+(\.\d+)?$/)

describe('Binance', () => {
  const tickers = (symbols: string) =>
    get<readonly BinanceRow[]>(
      'binance',
      `/api/v3/ticker/24hr?symbols=${encodeURIComponent(symbols)}`,
    )

  test('answers a list of symbols in their order, field by field', async () => {
    const { status, body } = await tickers('["BTCUSDT","ETHUSDT"]')
    expect(status).toBe(200)
    expect(body.map(({ symbol }) => symbol)).toEqual(['BTCUSDT', 'ETHUSDT'])
    expect(body[0]).toEqual({
      symbol: 'BTCUSDT',
      priceChange: signedEight,
      priceChangePercent: expect.stringMatching(/^-?\d+\.\d{3}$/),
      weightedAvgPrice: eightDecimals,
      prevClosePrice: eightDecimals,
      lastPrice: eightDecimals,
      lastQty: eightDecimals,
      bidPrice: eightDecimals,
      bidQty: eightDecimals,
      askPrice: eightDecimals,
      askQty: eightDecimals,
      openPrice: eightDecimals,
      highPrice: eightDecimals,
      lowPrice: eightDecimals,
      volume: eightDecimals,
      quoteVolume: eightDecimals,
      openTime: expect.any(Number),
      closeTime: expect.any(Number),
      firstId: expect.any(Number),
      lastId: expect.any(Number),
      count: expect.any(Number),
    })
  })

  test('keeps a row consistent with itself', async () => {
    const { body } = await tickers('["SOLUSDT"]')
    const [row] = body
    if (row === undefined) throw new Error('No row came.')
    const value = (key: string) => Number(new Map(Object.entries(row)).get(key))
    expect(value('bidPrice')).toBeLessThan(value('askPrice'))
    expect(value('lowPrice')).toBeLessThanOrEqual(value('lastPrice'))
    expect(value('highPrice')).toBeGreaterThanOrEqual(value('lastPrice'))
    expect(value('lastPrice') - value('openPrice')).toBeCloseTo(value('priceChange'), 6)
    expect(value('quoteVolume') / value('volume')).toBeCloseTo(value('weightedAvgPrice'), 1)
    expect(row.lastId - row.firstId).toBe(row.count - 1)
    expect(row.closeTime - row.openTime).toBe(dayMs)
    expect(row.closeTime).toBeLessThanOrEqual(nowMs)
    expect(nowMs - row.closeTime).toBeLessThan(5_000)
  })

  test('answers one symbol with a row and no list', async () => {
    const { body } = await get('binance', '/api/v3/ticker/24hr?symbol=BTCUSDT')
    expect(body).toMatchObject({ symbol: 'BTCUSDT' })
  })

  test('answers with everything when nothing is named, delisted rows of zeros included', async () => {
    const { body } = await get<readonly BinanceRow[]>('binance', '/api/v3/ticker/24hr')
    expect(body.length).toBeGreaterThan(60)
    const gone = body.find(({ symbol }) => symbol === 'MATICUSDT')
    expect(gone).toMatchObject({
      lastPrice: '0.00000000',
      bidPrice: '0.00000000',
      askPrice: '0.00000000',
      volume: '0.00000000',
      firstId: -1,
      count: 0,
    })
    expect(nowMs - (gone?.closeTime ?? nowMs)).toBeGreaterThan(4 * dayMs)
  })

  test('lets one unknown symbol fail the whole call', async () => {
    expect(await tickers('["BTCUSDT","NOPEUSDT"]')).toMatchObject({
      status: 400,
      body: { code: -1121, msg: 'Invalid symbol.' },
    })
    const one = await get('binance', '/api/v3/ticker/24hr?symbol=NOPEUSDT')
    expect(one).toMatchObject({ status: 400, body: { code: -1121 } })
  })

  test.each([
    { name: 'a space in the list', symbols: '["BTCUSDT", "ETHUSDT"]', code: -1100 },
    { name: 'small letters', symbols: '["btcusdt"]', code: -1100 },
    { name: 'no list', symbols: 'BTCUSDT', code: -1100 },
    { name: 'an empty list', symbols: '[]', code: -1100 },
    { name: 'a symbol named twice', symbols: '["BTCUSDT","BTCUSDT"]', code: -1151 },
  ])('refuses $name', async ({ symbols, code }) => {
    expect(await tickers(symbols)).toMatchObject({ status: 400, body: { code } })
  })

  test('leaves out the book for type=MINI', async () => {
    const { body } = await get('binance', '/api/v3/ticker/24hr?symbol=BTCUSDT&type=MINI')
    expect(body).not.toHaveProperty('bidPrice')
    expect(body).toHaveProperty('lastPrice')
  })

  test('answers an unknown path with a page', async () => {
    const { status, type } = await get('binance', '/api/v3/nope')
    expect({ status, type }).toEqual({ status: 404, type: 'text/html; charset=utf-8' })
  })
})

describe('Coinbase', () => {
  const products = (...ids: string[]) =>
    get<Products>(
      'coinbase',
      `/api/v3/brokerage/market/products?${ids.map((id) => `product_ids=${id}`).join('&')}`,
    )

  test('answers named products, field by field, without book and time', async () => {
    const { status, body } = await products('BTC-USD')
    expect(status).toBe(200)
    expect(body.num_products).toBe(1)
    expect(body.products[0]).toMatchObject({
      product_id: 'BTC-USD',
      price: decimal,
      price_percentage_change_24h: expect.stringMatching(/^-?\d+\.\d+$/),
      volume_24h: decimal,
      approximate_quote_24h_volume: decimal,
      mid_market_price: '',
      status: 'online',
      is_disabled: false,
      trading_disabled: false,
      view_only: false,
      auction_mode: false,
      cancel_only: false,
      product_type: 'SPOT',
      base_currency_id: 'BTC',
      quote_currency_id: 'USD',
      alias: '',
      alias_to: ['BTC-USDC'],
    })
    expect(Object.keys(body.products[0] ?? {})).not.toContain('bid')
    expect(Object.keys(body.products[0] ?? {})).not.toContain('time')
  })

  test('shows one book under two names', async () => {
    const { body } = await products('BTC-USD', 'BTC-USDC')
    const [usd, usdc] = body.products
    expect(usdc).toMatchObject({ product_id: 'BTC-USDC', alias: 'BTC-USD', alias_to: [] })
    expect(usd).toMatchObject({ price: usdc?.['price'], volume_24h: usdc?.['volume_24h'] })
  })

  test('leaves out an unknown product without a word', async () => {
    const { status, body } = await products('NOPE-USD', 'ETH-USD')
    expect(status).toBe(200)
    expect(body.products.map((product) => product['product_id'])).toEqual(['ETH-USD'])
  })

  test('has no price for a product that does not trade', async () => {
    const { body } = await products('MATIC-USD')
    expect(body.products[0]).toMatchObject({ price: '', is_disabled: true, view_only: true })
  })

  test('answers with everything when nothing is named, page by page', async () => {
    const all = await products()
    expect(all.body.num_products).toBeGreaterThan(100)
    const path = '/api/v3/brokerage/market/products?limit=2&offset=1'
    const { body } = await get<Products>('coinbase', path)
    expect(body.products).toEqual(all.body.products.slice(1, 3))
  })

  test('Exchange answers one ticker with book, volume and the time of the trade', async () => {
    const { status, body } = await get<{ price: string }>(
      'coinbase-exchange',
      '/products/BTC-USD/ticker',
    )
    expect(status).toBe(200)
    expect(body).toEqual({
      ask: decimal,
      bid: decimal,
      volume: decimal,
      trade_id: expect.any(Number),
      price: decimal,
      size: decimal,
      time: expect.stringMatching(/^2026-11-22T10:(29|30):\d\d\.\d{6}Z$/),
      rfq_volume: decimal,
    })
    const advanced = await products('BTC-USD')
    expect(body.price).toBe(advanced.body.products[0]?.['price'])
  })

  test.each(['NOPE-USD', 'BTC-USDC', 'MATIC-USD'])('Exchange does not know %s', async (id) => {
    expect(await get('coinbase-exchange', `/products/${id}/ticker`)).toMatchObject({
      status: 404,
      body: { message: 'NotFound' },
    })
  })
})

describe('Kraken', () => {
  const ticker = (pairs: string) => get<KrakenAnswer>('kraken', `/0/public/Ticker?pair=${pairs}`)

  test('answers a pair, field by field', async () => {
    const { status, body } = await ticker('XBTUSD')
    const price = expect.stringMatching(/^\d{5}\.\d$/)
    const lot = expect.stringMatching(/^\d+\.\d{8}$/)
    const side = [price, expect.stringMatching(/^\d+$/), expect.stringMatching(/^\d+\.000$/)]
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        error: [],
        result: {
          XXBTZUSD: {
            a: side,
            b: side,
            c: [price, lot],
            v: [lot, lot],
            p: [price, price],
            t: [expect.any(Number), expect.any(Number)],
            l: [price, price],
            h: [price, price],
            o: price,
          },
        },
      },
    })
    const pair = body.result['XXBTZUSD']
    expect(Number(pair?.v[0])).toBeLessThan(Number(pair?.v[1]))
    expect(pair?.t[0]).toBeLessThan(pair?.t[1] ?? Number.NaN)
  })

  test.each([
    ['XBTUSD', 'XXBTZUSD'],
    ['XXBTZUSD', 'XXBTZUSD'],
    ['XBT/USD', 'XXBTZUSD'],
    ['ETHUSD', 'XETHZUSD'],
    ['XRPUSD', 'XXRPZUSD'],
    ['XLMUSD', 'XXLMZUSD'],
    ['LTCUSD', 'XLTCZUSD'],
    ['ETCUSD', 'XETCZUSD'],
    ['USDTUSD', 'USDTZUSD'],
    ['XDGUSD', 'XDGUSD'],
    ['SOLUSD', 'SOLUSD'],
    ['FLRUSD', 'FLRUSD'],
    ['USDCUSDT', 'USDCUSDT'],
  ])('answers %s as %s', async (asked, answered) => {
    const { body } = await ticker(asked)
    expect(Object.keys(body.result)).toEqual([answered])
  })

  test('lets one unknown pair fail the whole call, with status 200', async () => {
    expect(await ticker('XBTUSD,NOPEUSD')).toMatchObject({
      status: 200,
      body: { error: ['EQuery:Unknown asset pair'] },
    })
  })

  test('answers with every pair when none is named', async () => {
    const { body } = await get<KrakenAnswer>('kraken', '/0/public/Ticker')
    expect(Object.keys(body.result).length).toBeGreaterThan(60)
  })

  test('answers 520 and no JSON to a list that is far too long', async () => {
    const { status, type } = await ticker(Array.from({ length: 201 }, () => 'XBTUSD').join())
    expect({ status, type }).toEqual({ status: 520, type: 'text/html; charset=utf-8' })
  })
})

describe('the server', () => {
  const script = new URL('../../../local/exchanges.ts', import.meta.url).pathname

  test('lists the venues and their base addresses', async () => {
    const { port, baseUrls } = exchanges
    const response = await fetch(`http://127.0.0.1:${port}/`)
    expect(await response.json()).toMatchObject({
      mode: 'replay',
      exchanges: {
        binance: { base_url: `http://127.0.0.1:${port}/binance` },
        coinbase: { base_url: `http://127.0.0.1:${port}/coinbase` },
        kraken: { base_url: `http://127.0.0.1:${port}/kraken` },
      },
    })
    expect(baseUrls).toEqual(exchangeBaseUrls(port))
  })

  test.each(['/nobody/api/v3/ticker/24hr', '/nobody', '/control/kraken'])(
    'answers 404 to GET %s',
    async (path) => {
      const { status } = await fetch(`http://127.0.0.1:${exchanges.port}${path}`)
      expect(status).toBe(404)
    },
  )

  test('answers 400 to a path with a broken escape', async () => {
    const { status } = await fetch(`http://127.0.0.1:${exchanges.port}/binance/%zz`)
    expect(status).toBe(400)
  })

  test('says in one sentence that its port is taken', async () => {
    await expect(startExchanges({ port: exchanges.port })).rejects.toMatchObject({
      code: 'port-taken',
      message: `Port ${exchanges.port} for the exchanges is taken.`,
    })
  })

  test('two servers agree about every price at one instant', async () => {
    const other = await startExchanges({ port: 0, now: () => nowMs })
    try {
      const path = '/api/v3/ticker/24hr'
      const mine = await get('binance', path)
      const theirs = await fetch(`${other.baseUrls['binance']}${path}`)
      expect(await theirs.json()).toEqual(mine.body)
    } finally {
      await other.stop()
    }
  })

  test('as a process: says that it is ready, and a signal ends it at once', async () => {
    const child = spawn(process.execPath, [script, '--port', '0'], { stdio: 'pipe' })
    const ended = once(child, 'exit')
    try {
      const [said] = await once(child.stdout, 'data')
      const { url: address }: { url: string } = JSON.parse(String(said))
      await fetch(`${address}/control`, { method: 'POST', body: '{"mode":"hang"}' })
      const hanging = fetch(`${address}/kraken/0/public/Ticker`).catch(() => 'cut off')

      await new Promise((resolve) => setTimeout(resolve, 50))
      const signalledAt = performance.now()
      child.kill('SIGTERM')
      expect(await ended).toEqual([0, null])
      expect(performance.now() - signalledAt).toBeLessThan(1_000)
      expect(await hanging).toBe('cut off')
    } finally {
      child.kill('SIGKILL')
    }
  })

  test.each([
    { name: 'a port that is taken', port: () => String(exchanges.port), says: 'is taken.' },
    { name: 'a port that is none', port: () => 'http', says: '--port http is no port.' },
  ])('as a process: $name is one sentence and a failure', async ({ port, says }) => {
    const child = spawn(process.execPath, [script, '--port', port()], { stdio: 'pipe' })
    const said: string[] = []
    child.stderr.on('data', (chunk) => said.push(String(chunk)))
    expect(await once(child, 'close')).toEqual([1, null])
    expect(said.join('').trim().split('\n')).toEqual([expect.stringContaining(says)])
  })
})
