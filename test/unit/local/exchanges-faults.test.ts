import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type RunningExchanges, startExchanges, venues } from '../../../local/exchanges.ts'
import { listings } from '../../../src/catalogue.ts'
import { ask as askExchange } from '../../../src/exchanges/ask.ts'
import { exchanges as knownExchanges } from '../../../src/exchanges/registry.ts'

let nowMs = Date.UTC(2026, 10, 22, 10, 30)
let exchanges: RunningExchanges

beforeAll(async () => {
  exchanges = await startExchanges({ port: 0, now: () => nowMs })
})
afterAll(() => exchanges.stop())
afterEach(async () => {
  await control('', {})
  await control('/tape', {})
})

function control(path: string, body: unknown) {
  return fetch(`http://127.0.0.1:${exchanges.port}/control${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

const paths = {
  binance: '/api/v3/ticker/24hr?symbol=BTCUSDT',
  coinbase: '/api/v3/brokerage/market/products?product_ids=BTC-USD',
  'coinbase-exchange': '/products/BTC-USD/ticker',
  kraken: '/0/public/Ticker?pair=XBTUSD',
} as const

function ask(venue: keyof typeof paths, init: RequestInit = {}) {
  return fetch(`${exchanges.baseUrls[venue]}${paths[venue]}`, init)
}

async function binanceRow() {
  const row: unknown = await (await ask('binance')).json()
  // The shape is asserted in exchanges.test.ts.
  return row as { lastPrice: string; bidPrice: string; volume: string; closeTime: number }
}

test('down: the connection is cut, and the other venues notice nothing', async () => {
  await control('/binance', { mode: 'down' })
  await expect(ask('binance')).rejects.toThrow('fetch failed')
  expect((await ask('kraken')).status).toBe(200)
})

test('html: a 403 page instead of JSON', async () => {
  await control('/kraken', { mode: 'html' })
  const response = await ask('kraken')
  expect(response.status).toBe(403)
  expect(response.headers.get('content-type')).toContain('text/html')
  expect(await response.text()).toContain('<html>')
})

test.each(['binance', 'coinbase', 'kraken'] as const)(
  'garbage: JSON of %s that breaks off under a status of 200',
  async (venue) => {
    await control(`/${venue}`, { mode: 'garbage' })
    const response = await ask(venue)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('application/json')
    const text = await response.text()
    expect(text.length).toBeGreaterThan(10)
    expect(() => JSON.parse(text)).toThrow(SyntaxError)
  },
)

test('hang: no answer ever', async () => {
  await control('/coinbase', { mode: 'hang' })
  await expect(ask('coinbase', { signal: AbortSignal.timeout(150) })).rejects.toMatchObject({
    name: 'TimeoutError',
  })
})

test('slow: the answer, later', async () => {
  await control('/coinbase', { mode: 'slow', delayMs: 120 })
  const askedAt = performance.now()
  expect((await ask('coinbase')).status).toBe(200)
  expect(performance.now() - askedAt).toBeGreaterThanOrEqual(115)
})

test.each([
  { venue: 'binance' as const, status: 429, said: { code: -1003 } },
  { venue: 'coinbase' as const, status: 429, said: { message: 'Public rate limit exceeded' } },
  { venue: 'kraken' as const, status: 429, said: { error: ['EGeneral:Too many requests'] } },
  { venue: 'kraken' as const, status: 503, said: { error: ['EService:Unavailable'] } },
])('status: $venue refuses with $status in its own words', async ({ venue, status, said }) => {
  await control(`/${venue}`, { mode: 'status', status, retryAfterSec: 7 })
  const response = await ask(venue)
  expect(response.status).toBe(status)
  expect(response.headers.get('retry-after')).toBe('7')
  expect(await response.json()).toMatchObject(said)
})

test('marketFactor: the venue quotes beside the others, book and all', async () => {
  const before = await binanceRow()
  await control('/binance', { marketFactor: 1.05 })
  const after = await binanceRow()
  expect(Number(after.lastPrice) / Number(before.lastPrice)).toBeCloseTo(1.05, 5)
  expect(Number(after.bidPrice) / Number(before.bidPrice)).toBeCloseTo(1.05, 5)
})

/** What an adapter of the house makes of a venue as it is now. */
async function heard(venue: string) {
  const exchange = knownExchanges.get(venue)
  if (exchange === undefined) throw new Error(`Nobody asks ${venue}.`)
  const markets = listings.filter(({ source }) => source === venue).map(({ market }) => market)
  const baseUrl = exchanges.baseUrls[venue] ?? ''
  const asked = await askExchange(exchange, markets, {
    fetch: (url, init) => fetch(url, init),
    nowMs: () => nowMs,
    timeoutMs: 5_000,
    baseUrl,
  })
  return { asked, markets, found: asked.tickers.map(({ market }) => market) }
}

const replayed = venues.map(({ name }) => name).filter((name) => knownExchanges.has(name))

test.each(replayed)('wrong: %s answers sound JSON that its adapter cannot read', async (venue) => {
  await control(`/${venue}`, { mode: 'wrong' })
  const { asked } = await heard(venue)
  expect(asked).toMatchObject({ tickers: [], failure: { name: 'ExchangeError' } })
  expect(['unexpected-shape', 'exchange-refused']).toContain(asked.failure?.code)
})

describe('missing', () => {
  test.each(replayed)(
    'a named market of %s is gone from its answers, and no other',
    async (name) => {
      const before = await heard(name)
      expect(before.found.length).toBeGreaterThan(1)
      const [gone] = before.found
      await control(`/${name}`, { missing: [gone] })
      const { asked, found } = await heard(name)
      expect(asked.failure).toBeUndefined()
      expect(found.toSorted()).toEqual(before.found.filter((market) => market !== gone).toSorted())
    },
  )

  test('a share of the markets is the same share each time, and 1 is all of them', async () => {
    const all = (await heard('binance')).found.length
    await control('/binance', { missingShare: 0.5 })
    const half = (await heard('binance')).found
    expect(half.length).toBeGreaterThan(all * 0.25)
    expect(half.length).toBeLessThan(all * 0.75)
    nowMs += 60_000
    expect((await heard('binance')).found).toEqual(half)
    await control('/binance', { missingShare: 1 })
    expect((await heard('binance')).found).toEqual([])
  })

  test('asked for alone, it is not found', async () => {
    await control('/coinbase-exchange', { missing: ['BTC-USD'] })
    expect((await ask('coinbase-exchange')).status).toBe(404)
    await control('/binance', { missing: ['BTCUSDT'] })
    expect(await (await ask('binance')).text()).not.toContain('lastPrice')
  })
})

test('drift: the venue moves away by so much a minute, and only itself', async () => {
  const apart = async () => {
    const [binance, coinbase] = await Promise.all([heard('binance'), heard('coinbase')])
    const lastOf = ({ asked }: typeof binance, name: string) =>
      asked.tickers.find(({ market }) => market === name)?.last ?? Number.NaN
    return lastOf(binance, 'BTCUSDT') / lastOf(coinbase, 'BTC-USD')
  }
  const before = await apart()
  await control('/binance', { driftBpsPerMin: 50 })
  expect((await apart()) / before).toBeCloseTo(1, 3)
  nowMs += 600_000
  expect((await apart()) / before).toBeCloseTo(Math.exp(0.05), 2)
  await control('/binance', {})
  expect((await apart()) / before).toBeCloseTo(1, 2)
})

describe('a peg that breaks', () => {
  const dollarsFor = async (venue: 'coinbase' | 'kraken', name: string) =>
    (await heard(venue)).asked.tickers.find(({ market }) => market === name)?.last ?? Number.NaN

  test('is worth less at every venue, in what it is priced and in what it prices', async () => {
    const before = Number((await binanceRow()).lastPrice)
    await control('/tape', { pegs: { USDT: 0.9 } })
    // The last trade is as old as it was.
    nowMs += 5_000
    expect(await dollarsFor('kraken', 'USDTUSD')).toBeCloseTo(0.9, 2)
    expect(await dollarsFor('coinbase', 'USDT-USD')).toBeCloseTo(0.9, 2)
    expect(Number((await binanceRow()).lastPrice) / before).toBeCloseTo(1 / 0.9, 2)
    expect(await dollarsFor('kraken', 'USDCUSD')).toBeCloseTo(1, 2)
  })

  test('was worth what it was before, outlasts the healing of venues, and mends', async () => {
    await control('/tape', { pegs: { USDC: 0.874 } })
    nowMs += 60_000
    await control('', {})
    expect(await dollarsFor('kraken', 'USDCUSD')).toBeCloseTo(0.874, 2)
    await control('/kraken', { lagSec: 90 })
    expect(await dollarsFor('kraken', 'USDCUSD')).toBeCloseTo(1, 2)
    await control('/kraken', {})
    await control('/tape', {})
    nowMs += 5_000
    expect(await dollarsFor('kraken', 'USDCUSD')).toBeCloseTo(1, 2)
  })

  test('shows, and is refused where it makes no sense', async () => {
    const shown = async (): Promise<unknown> =>
      (await fetch(`http://127.0.0.1:${exchanges.port}/control`)).json()
    await control('/tape', { pegs: { USDT: 0.5 } })
    expect(await shown()).toMatchObject({ tape: { pegs: { USDT: 0.5, USDC: 1 } } })
    expect((await control('/tape', { pegs: { USDT: 0 } })).status).toBe(400)
    expect((await control('/tape', { pegs: { BTC: 0.5 } })).status).toBe(400)
    expect(await shown()).toMatchObject({ tape: { pegs: { USDT: 0.5, USDC: 1 } } })
  })
})

test('frozen: prices stand still while dates go on', async () => {
  await control('/binance', { frozen: true })
  const before = await binanceRow()
  nowMs += 600_000
  const after = await binanceRow()
  expect([after.lastPrice, after.bidPrice, after.volume]).toEqual([
    before.lastPrice,
    before.bidPrice,
    before.volume,
  ])
  expect(after.closeTime - before.closeTime).toBe(600_000)

  await control('/binance', {})
  expect((await binanceRow()).lastPrice).not.toBe(before.lastPrice)
})

test('lagSec: an answer from the past, dates included', async () => {
  const now = await binanceRow()
  await control('/binance', { lagSec: 90 })
  nowMs += 90_000
  expect(await binanceRow()).toEqual(now)
})

describe('the control interface', () => {
  test('shows how each venue feels, and {} heals', async () => {
    await control('/kraken', { mode: 'hang' })
    const shown = await fetch(`http://127.0.0.1:${exchanges.port}/control`)
    expect(await shown.json()).toMatchObject({
      binance: { mode: 'ok' },
      coinbase: { mode: 'ok' },
      kraken: { mode: 'hang' },
    })
    const healed = await control('/kraken', {})
    expect(await healed.json()).toMatchObject({ kraken: { mode: 'ok' } })
    expect((await ask('kraken')).status).toBe(200)
  })

  test('sets all venues at once', async () => {
    await control('', { mode: 'html' })
    const statuses = await Promise.all(
      (['binance', 'coinbase', 'kraken'] as const).map(async (venue) => (await ask(venue)).status),
    )
    expect(statuses).toEqual([403, 403, 403])
  })

  test.each([
    { name: 'a mode that is none', path: '/kraken', body: { mode: 'sulk' }, status: 400 },
    { name: 'a field that is none', path: '/kraken', body: { mod: 'ok' }, status: 400 },
    { name: 'a body that is not JSON', path: '/kraken', body: '{', status: 400 },
    { name: 'a status that is no refusal', path: '', body: { status: 200 }, status: 400 },
    { name: 'a venue that is none', path: '/nobody', body: {}, status: 404 },
  ])('refuses $name and changes nothing', async ({ path, body, status }) => {
    expect((await control(path, body)).status).toBe(status)
    expect((await ask('kraken')).status).toBe(200)
  })
})
