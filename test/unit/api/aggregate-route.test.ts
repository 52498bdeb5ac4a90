import { describe, expect, test } from 'vitest'
import { problemSchema } from '../../../src/protocol/wire.ts'
import { aggregateResponseSchema } from '../../../src/protocol/wire-rest.ts'
import { anApi } from '../../support/api.ts'

const quotes = [
  { source: 'binance', price: 45_120, volume: 100, timestamp: 1_000 },
  { source: 'coinbase', price: 45_125, volume: 150, timestamp: 1_000 },
  { source: 'kraken', price: 45_118, volume: 80, timestamp: 1_000 },
]

function post(body: RequestInit['body']) {
  const { ask } = anApi()
  return ask('/api/v1/aggregate', { method: 'POST', body: body ?? null, duplex: 'half' })
}

function posted(body: unknown) {
  return post(JSON.stringify(body))
}

describe('POST /api/v1/aggregate', () => {
  test('three quotes that agree make a consensus, with its provenance', async () => {
    const response = await posted({ symbol: 'btc', quotes })
    expect(response.status).toBe(200)
    expect(response.headers.get('RateLimit-Remaining')).toBe('29')
    const body = aggregateResponseSchema.parse(await response.json())
    expect(body).toMatchObject({
      outcome: 'consensus',
      symbol: 'BTC/USD',
      sources_used: ['binance', 'coinbase', 'kraken'],
      timestamp: 1_000,
      verdicts: [
        { verdict: 'accepted', source: 'binance', price: 45_120 },
        { verdict: 'accepted', source: 'coinbase', price: 45_125 },
        { verdict: 'accepted', source: 'kraken', price: 45_118 },
      ],
    })
    expect('vwap' in body && body.vwap).toBeCloseTo(45_121.7879, 4)
  })

  test('quotes that cannot agree are an answer without a price', async () => {
    const response = await posted({ symbol: 'BTC/USD', quotes: quotes.slice(0, 1) })
    expect(response.status).toBe(200)
    const body = aggregateResponseSchema.parse(await response.json())
    expect(body).toMatchObject({ outcome: 'no-quorum', agreeing: 1, required: 2 })
    expect(body).not.toHaveProperty('consensus_price')
  })

  test('a source that strays is told why it does not count', async () => {
    const stray = { source: 'odd', price: 60_000, volume: 1_000, timestamp: 1_000 }
    const response = await posted({ symbol: 'BTC', quotes: [...quotes, stray] })
    const { verdicts } = aggregateResponseSchema.parse(await response.json())
    expect(verdicts).toContainEqual({ verdict: 'rejected', source: 'odd', reason: 'outlier' })
  })

  test.each([
    {
      name: 'a negative price',
      body: { symbol: 'BTC', quotes: [quotes[0], { ...quotes[1], price: -1 }] },
      field: 'quotes[1].price',
    },
    { name: 'no quotes', body: { symbol: 'BTC', quotes: [] }, field: 'quotes' },
    { name: 'no symbol', body: { quotes }, field: 'symbol' },
    { name: 'something we do not know', body: { symbol: 'BTC', quotes, extra: 1 }, field: 'body' },
    { name: 'an array', body: [], field: 'body' },
    {
      name: 'too many quotes',
      body: { symbol: 'BTC', quotes: Array(201).fill(quotes[0]) },
      field: 'quotes',
    },
  ])('$name is a 400 that names the field', async ({ body, field }) => {
    const response = await posted(body)
    expect(response.status).toBe(400)
    const problem: unknown = await response.json()
    expect(problem).toMatchObject({
      code: 'request-malformed',
      errors: [{ field, message: expect.any(String) }],
    })
    expect(problemSchema.parse(problem).detail).toContain(`${field}: `)
  })

  test('what is no symbol is a 400', async () => {
    const response = await posted({ symbol: '$$$', quotes })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'symbol-malformed' })
  })

  test.each([
    { name: 'HTML', body: '<html>' },
    { name: 'nothing', body: '' },
    { name: 'half an object', body: '{"symbol":' },
    { name: 'bytes that are no UTF-8', body: Uint8Array.of(0x22, 0xff, 0x22) },
  ])('$name is no JSON', async ({ body }) => {
    const response = await post(body)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'json-malformed' })
  })

  test.each([
    { bytes: 65_536, status: 400 },
    { bytes: 65_537, status: 413 },
  ])('a body of $bytes bytes is answered $status, whatever it says of itself', async (row) => {
    expect((await post(' '.repeat(row.bytes))).status).toBe(row.status)

    const chunks = ReadableStream.from([
      new Uint8Array(40_000).fill(32),
      new Uint8Array(row.bytes - 40_000).fill(32),
    ])
    expect((await post(chunks)).status).toBe(row.status)
  })

  test('a body that is too long is read to its end, so that who sends it hears the answer', async () => {
    let sent = 0
    const long = new ReadableStream({
      pull: (controller) => {
        sent += 1
        controller.enqueue(new Uint8Array(10_000))
        if (sent === 100) controller.close()
      },
    })
    expect((await post(long)).status).toBe(413)
    expect(sent).toBe(100)
  })

  test('a body without an end is left after a megabyte', async () => {
    let sent = 0
    const endless = new ReadableStream({
      pull: (controller) => {
        sent += 1
        controller.enqueue(new Uint8Array(10_000))
        // Were it read for ever, the test would tell, and not hang.
        if (sent === 1_000) controller.close()
      },
    })
    expect((await post(endless)).status).toBe(413)
    expect(sent).toBeLessThan(110)
  })

  test('a body that says it is far too long is not read', async () => {
    const { ask } = anApi()
    let isRead = false
    const body = new ReadableStream(
      {
        pull: () => {
          isRead = true
        },
      },
      { highWaterMark: 0 },
    )
    const headers = { 'Content-Length': '1065537' }
    const init = { method: 'POST', body, headers, duplex: 'half' as const }
    expect((await ask('/api/v1/aggregate', init)).status).toBe(413)
    expect(isRead).toBe(false)
  })

  test('without a key the body is not looked at', async () => {
    const { api } = anApi()
    const response = await api.request('/api/v1/aggregate', { method: 'POST', body: 'no json' })
    expect(response.status).toBe(401)
  })
})
