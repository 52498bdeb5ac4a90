import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type RunningExchanges, startExchanges } from '../../../local/exchanges.ts'

let nowMs = Date.UTC(2026, 10, 22, 10, 30)
let exchanges: RunningExchanges

beforeAll(async () => {
  exchanges = await startExchanges({ port: 0, now: () => nowMs })
})
afterAll(() => exchanges.stop())
afterEach(() => control('', {}))

function control(path: string, body: unknown) {
  return fetch(`http://127.0.0.1:${exchanges.port}/control${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

const paths = {
  binance: '/api/v3/ticker/24hr?symbol=BTCUSDT',
  coinbase: '/products/BTC-USD/ticker',
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
