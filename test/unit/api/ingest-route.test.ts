import { beforeAll, describe, expect, test } from 'vitest'
import type { CollectorGuest } from '../../../src/api/ingest-ports.ts'
import { hmacWith, sha256OfBytes } from '../../../src/digest.ts'
import { ingestHeaders, ingestPath } from '../../../src/protocol/ingest-auth.ts'
import {
  ingestAnswerSchema,
  maxBatchTickers,
  maxIngestBodyBytes,
} from '../../../src/protocol/ingest-wire.ts'
import { anApi, sha256Hex } from '../../support/api.ts'
import { aNonce, bridgeRequest } from '../../support/bridge.ts'
import { aTickAtMs } from '../../support/history.ts'
import {
  anIngestBatch,
  aRawTicker,
  collectorName,
  collectorSecret,
  type IngestAsking,
  ingestHeard,
  ingestRequest,
} from '../../support/ingest.ts'

const nowMs = aTickAtMs + 500
let hmacHex: CollectorGuest['hmacHex']
let hmacOfNobody: CollectorGuest['hmacHex']

beforeAll(async () => {
  hmacHex = await hmacWith(collectorSecret)
  hmacOfNobody = await hmacWith('a secret that nobody knows, as long as it must be')
})

/** A house with one collector, and the diary that its batches leave in it. */
function anIngestApi(differing: Partial<CollectorGuest> = {}) {
  const diary: string[] = []
  const nonces = new Set<string>()
  const guest: CollectorGuest = {
    name: collectorName,
    requestsPerMinute: 120,
    hmacHex,
    sha256OfBytes,
    admit: async (nonce) => {
      if (nonces.has(nonce)) return { kind: 'used' }
      nonces.add(nonce)
      return { kind: 'fresh' }
    },
    ingest: async ({ tickers }, bodySha256) => {
      diary.push(`ingest ${tickers.length} ${bodySha256.length}`)
      return { kind: 'kept', where: 'stored', ids: ['b', 'a'], refused: [] }
    },
    ...differing,
  }
  const stranger = { ...guest, name: '', hmacHex: hmacOfNobody }
  const ingest = { collectors: new Map([[collectorName, guest]]), stranger }
  const { api, world } = anApi({ deps: { ingest } })
  world.nowMs = nowMs
  const send = async (request: Request) => ingestHeard(request, await api.fetch(request.clone()))
  const post = async (asking: Partial<IngestAsking> = {}) =>
    send(await ingestRequest({ timeMs: nowMs, ...asking }))
  return { api, world, diary, send, post }
}

describe('a known collector', () => {
  test('hears how much is kept and the digest of its ids, signed', async () => {
    const { post, diary, world } = anIngestApi()
    const answer = await post()
    expect(answer).toMatchObject({ status: 200, isSigned: true })
    expect(ingestAnswerSchema.parse(answer.body)).toEqual({
      batch_id: anIngestBatch().batch_id,
      accepted: 2,
      ids_sha256: sha256Hex('a\nb\n'),
      kept: 'stored',
      refused: 0,
      refusals: [],
    })
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBeNull()
    expect(diary).toEqual(['ingest 1 64'])
    expect(world.log).toEqual([
      { event: 'batch-ingested', collector: 'eu-1', accepted: 2, refused: 0, kept: 'stored' },
    ])
  })

  test('hears of refused tickers by name, of many only the first hundred', async () => {
    const refused = Array.from({ length: 150 }, (_, i) => ({
      source: 'kraken',
      market: `M${i}`,
      code: 'stale',
    }))
    const { post } = anIngestApi({
      ingest: async () => ({ kind: 'kept', where: 'nothing', ids: [], refused }),
    })
    const { body } = await post()
    expect(ingestAnswerSchema.parse(body)).toMatchObject({
      accepted: 0,
      refused: 150,
      refusals: refused.slice(0, 100),
    })
  })

  test('is told to send again what nobody kept', async () => {
    const { post, world } = anIngestApi({ ingest: async () => ({ kind: 'lost' }) })
    const answer = await post()
    expect(answer).toMatchObject({ status: 503, body: { code: 'quotes-not-kept' }, isSigned: true })
    expect(answer.headers.get('Retry-After')).toBe('5')
    expect(world.log).toMatchObject([{ event: 'ingest-lost', tickers: 1 }])
  })

  test('cannot be played back, and may send the same batch under a new nonce', async () => {
    const { send, post, diary } = anIngestApi()
    const request = await ingestRequest({ timeMs: nowMs })
    expect(await send(request)).toMatchObject({ status: 200 })
    expect(await send(request)).toMatchObject({ status: 401, body: { code: 'nonce-used' } })
    expect(await post()).toMatchObject({ status: 200 })
    expect(diary).toHaveLength(2)
  })

  test.each([
    { name: 'as far off as allowed', offMs: -30_000, status: 200 },
    { name: 'further off', offMs: -30_001, status: 401 },
    { name: 'further ahead', offMs: 30_001, status: 401 },
  ])('may have a clock that is $name: $status', async ({ offMs, status }) => {
    const { post } = anIngestApi()
    const answer = await post({ timeMs: nowMs + offMs })
    expect(answer).toMatchObject({ status, isSigned: true })
    if (status === 401) expect(answer.body).toMatchObject({ code: 'collector-clock-off' })
  })

  test('that sends too often is told when to send again', async () => {
    const { post, diary } = anIngestApi({
      admit: async () => ({ kind: 'too-many', freeAtMs: nowMs + 12_300 }),
    })
    const answer = await post()
    expect(answer).toMatchObject({ status: 429, body: { code: 'rate-limited' }, isSigned: true })
    expect(answer.headers.get('Retry-After')).toBe('13')
    expect(diary).toEqual([])
  })

  test('is told when its memory does not answer', async () => {
    const { post, world } = anIngestApi({ admit: async () => Promise.reject(new Error('gone')) })
    const answer = await post()
    expect(answer).toMatchObject({ status: 503, body: { code: 'ingest-unavailable' } })
    expect(world.log).toMatchObject([{ event: 'inbox-failed', reason: 'Error: gone' }])
  })

  test.each([
    { name: 'another name than the header', body: anIngestBatch({ collector: 'us-1' }) },
    { name: 'no tickers', body: anIngestBatch({ tickers: [] }) },
    {
      name: 'too many tickers',
      body: anIngestBatch({ tickers: Array(maxBatchTickers + 1).fill(aRawTicker()) }),
    },
    { name: 'a price of 0', body: anIngestBatch({ tickers: [aRawTicker({ last: 0 })] }) },
    { name: 'a negative volume', body: anIngestBatch({ tickers: [aRawTicker({ volume: -1 })] }) },
    { name: 'a batch id that is none', body: anIngestBatch({ batch_id: '1' }) },
    { name: 'a field that is none', body: { ...anIngestBatch(), price: 1 } },
  ])('with $name is refused', async ({ body }) => {
    const { post, diary } = anIngestApi()
    expect(await post({ body })).toMatchObject({
      status: 400,
      body: { code: 'request-malformed' },
      isSigned: true,
    })
    expect(diary).toEqual([])
  })

  test('may send as many tickers as allowed, and they fit the body', async () => {
    const { post, diary } = anIngestApi()
    const longest = aRawTicker({
      last: 123_456.789_012,
      bid: 123_456.789_012,
      ask: 123_456.789_012,
      volume: 123_456.789_012,
      open_24h: 123_456.789_012,
    })
    const body = anIngestBatch({ tickers: Array(maxBatchTickers).fill(longest) })
    expect(JSON.stringify(body).length).toBeLessThan(maxIngestBodyBytes)
    expect(await post({ body })).toMatchObject({ status: 200 })
    expect(diary).toEqual([`ingest ${maxBatchTickers} 64`])
  })
})

describe('whoever is none', () => {
  const refused = { status: 401, body: { code: 'collector-unauthorised' }, isSigned: false }

  test('hears the same for a wrong secret as for a name that nobody has', async () => {
    const { post, diary } = anIngestApi()
    const wrongSecret = await post({ secret: `${collectorSecret}!` })
    const wrongName = await post({ collector: 'nobody' })
    expect(wrongSecret).toMatchObject(refused)
    expect(wrongName.body).toEqual(wrongSecret.body)
    expect([...wrongName.headers]).toEqual([...wrongSecret.headers])
    expect(diary).toEqual([])
  })

  test.each([
    {
      name: 'the body',
      change: async (request: Request) => ({ body: `${await request.text()} ` }),
    },
    { name: 'the time', change: async () => ({ time: String(nowMs + 1) }) },
    { name: 'the nonce', change: async () => ({ nonce: 'f'.repeat(32) }) },
    { name: 'no signature', change: async () => ({ signature: '' }) },
  ])('changes $name of a good request is refused', async ({ change }) => {
    const { send } = anIngestApi()
    const request = await ingestRequest({ timeMs: nowMs })
    const changed: Partial<Record<'body' | 'time' | 'nonce' | 'signature', string>> = await change(
      request.clone(),
    )
    const { body = await request.text(), ...headers } = changed
    const forged = new Request(request.url, { method: 'POST', body, headers: request.headers })
    for (const [name, value] of Object.entries(headers)) {
      // The names in the table are those of the headers.
      forged.headers.set(ingestHeaders[name as keyof typeof ingestHeaders], value)
    }
    expect(await send(forged)).toMatchObject(refused)
  })

  test("has a bridge's signature for it, which is made for another purpose", async () => {
    const { send } = anIngestApi()
    const request = await bridgeRequest(ingestPath, {
      body: anIngestBatch(),
      timeMs: nowMs,
      secret: collectorSecret,
      nonce: aNonce(),
    })
    request.headers.set(ingestHeaders.collector, collectorName)
    expect(await send(request)).toMatchObject(refused)
  })

  test('is not read for longer than a batch may be', async () => {
    const { post } = anIngestApi()
    const body = ' '.repeat(maxIngestBodyBytes + 1)
    expect(await post({ body })).toMatchObject({ status: 413, isSigned: false })
  })

  test('is no browser', async () => {
    const { api } = anIngestApi()
    const headers = { Origin: 'https://elsewhere.test' }
    expect((await api.request(ingestPath, { method: 'OPTIONS', headers })).status).toBe(405)
  })
})

test('without a collector in the settings the route is closed', async () => {
  const { api } = anApi()
  const request = await ingestRequest({ timeMs: nowMs })
  expect(await ingestHeard(request, await api.fetch(request))).toMatchObject({
    status: 403,
    body: { code: 'ingest-closed' },
    isSigned: false,
  })
})
