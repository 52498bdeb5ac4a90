import { createHash, randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LocalNeon, startNeon } from '../../local/neon.ts'
import { drainSpilled, keepBatch } from '../../src/history/spill.ts'
import { neonHistory } from '../../src/history/neon.ts'
import { ingestBatch } from '../../src/ingest.ts'
import type { IngestRequest } from '../../src/protocol/ingest-wire.ts'
import { migrate } from '../../tools/migrate.ts'
import { anIngestBatch, aRawTicker } from '../support/ingest.ts'
import { aPriceRecord } from '../support/price-records.ts'
import { someListings } from '../support/world.ts'
import { type OpenDatabase, testDatabases } from './history-databases.ts'

const bearer = { name: 'eu-1', sources: new Set(['binance', 'coinbase', 'kraken']) }

describe.each(await testDatabases())('ingestion into $name', ({ name, open }) => {
  let database: OpenDatabase
  let neon: LocalNeon
  let client: pg.Client
  const bucket = new Map<string, string>()
  const queued: string[] = []

  beforeAll(async () => {
    database = await open()
    await migrate(database.databaseUrl)
    neon = await startNeon({ port: 0, databaseUrl: database.databaseUrl })
    client = new pg.Client(database.databaseUrl)
    await client.connect()
  })
  afterAll(async () => {
    await client.end()
    await neon.stop()
    await database.close()
  })

  function spillDeps(fetchEndpoint = neon.url) {
    const databaseUrl = `postgres://local:local@${name.toLowerCase()}.ingest.test/main`
    return {
      insert: neonHistory({ databaseUrl, fetchEndpoint }).insert,
      putObject: async (key: string, body: string) => void bucket.set(key, body),
      readObject: async (key: string) => bucket.get(key),
      deleteObject: async (key: string) => void bucket.delete(key),
      enqueue: async (key: string) => void queued.push(key),
      log: () => undefined,
    }
  }

  /** Takes in a batch as the Worker does. @param fetchEndpoint Where the database is looked for. */
  async function ingested(batch: IngestRequest, fetchEndpoint?: string) {
    const bodySha256 = createHash('sha256').update(JSON.stringify(batch)).digest('hex')
    const outcome = await ingestBatch(
      batch,
      { bearer, bodySha256 },
      {
        listings: someListings,
        latest: async (symbol) => aPriceRecord({ symbol, price: 1, observed_at: Date.now() }),
        keep: async (rows, key) => keepBatch(rows, key, spillDeps(fetchEndpoint)),
        deliver: async () => undefined,
        sha1: async (bytes) => crypto.subtle.digest('SHA-1', bytes),
        nowMs: Date.now,
        staleAfterMs: 60_000,
        log: () => undefined,
      },
    )
    if (outcome.kind === 'lost') throw new Error('The batch was lost.')
    return outcome
  }

  function aBatch(tickAtMs: number, last = 100): IngestRequest {
    const seen = { last, observed_at: Date.now() }
    return anIngestBatch({
      batch_id: randomUUID(),
      tick_at: tickAtMs,
      tickers: [
        aRawTicker(seen),
        aRawTicker({ ...seen, source: 'coinbase', market: 'BTC-USD' }),
        aRawTicker({ ...seen, source: 'binance', market: 'BTCUSDT' }),
      ],
    })
  }

  async function storedIds(tickAtMs: number): Promise<string[]> {
    const { rows } = await client.query<{ id: string }>(
      `SELECT id FROM price_feeds WHERE tick_at = to_timestamp($1::numeric / 1000) ORDER BY id`,
      [tickAtMs],
    )
    return rows.map(({ id }) => id)
  }

  test('what is accepted is stored, once however often it comes', async () => {
    const tickAtMs = Date.now()
    const batch = aBatch(tickAtMs)
    const first = await ingested(batch)
    const again = await ingested(batch)
    // Another collector saw the same tick.
    const other = await ingested(aBatch(tickAtMs, 101))
    expect(first).toMatchObject({ where: 'stored', refused: [] })
    expect(again.ids).toEqual(first.ids)
    expect(other.ids).toEqual(first.ids)
    expect(first.ids).toHaveLength(3)
    expect(await storedIds(tickAtMs)).toEqual(first.ids.toSorted())
  })

  test('what is accepted while the database is away is stored when it is back', async () => {
    const tickAtMs = Date.now() - 1_000
    const batch = aBatch(tickAtMs)
    // Port 1 of this machine answers nobody.
    const spilled = await ingested(batch, 'http://127.0.0.1:1/sql')
    const other = await ingested(
      { ...aBatch(tickAtMs - 1), batch_id: batch.batch_id },
      'http://127.0.0.1:1/sql',
    )
    expect([spilled.where, other.where]).toEqual(['spilled', 'spilled'])
    expect(await storedIds(tickAtMs)).toEqual([])
    expect(new Set(queued).size).toBe(2)

    for (const key of queued.splice(0)) {
      expect(await drainSpilled(key, spillDeps())).toEqual({ kind: 'stored', refused: 0 })
    }
    expect(await storedIds(tickAtMs)).toEqual(spilled.ids.toSorted())
    expect(await storedIds(tickAtMs - 1)).toEqual(other.ids.toSorted())
    expect(bucket.size).toBe(0)
  })
})
