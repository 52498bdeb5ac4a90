import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type LocalNeon, startNeon } from '../../local/neon.ts'
import type { History, KeyStore } from '../../src/history/history.ts'
import { neonHistory } from '../../src/history/neon.ts'
import { provenanceRounds } from '../../src/history/neon-aggregates.ts'
import { neonKeyStore } from '../../src/history/neon-keys.ts'
import { feedSymbol } from '../../src/protocol/feed.ts'
import { migrate } from '../../tools/migrate.ts'
import {
  aNewKey,
  anAggregateBatch,
  anAggregateRow,
  aQuoteBatch,
  aQuoteRow,
  aTickAtMs,
  aUuid,
} from '../support/history.ts'
import { aRoundProvenance } from '../support/provenances.ts'
import { aReport } from '../support/rounds.ts'
import { type OpenDatabase, testDatabases } from './history-databases.ts'

const dayMs = 86_400_000
const midnightMs = Date.UTC(2026, 10, 23)

describe.each(await testDatabases())('history on $name', ({ name, open }) => {
  let database: OpenDatabase
  let neon: LocalNeon
  let client: pg.Client
  let history: History
  let keys: KeyStore

  beforeAll(async () => {
    database = await open()
    neon = await startNeon({ port: 0, databaseUrl: database.databaseUrl })
    client = new pg.Client(database.databaseUrl)
    await client.connect()
    const settings = {
      databaseUrl: `postgres://local:local@${name.toLowerCase()}.history.test/main`,
      fetchEndpoint: neon.url,
    }
    history = neonHistory(settings)
    keys = neonKeyStore(settings)
  })

  afterAll(async () => {
    await client.end()
    await neon.stop()
    await database.close()
  })

  async function sql(text: string, values: unknown[] = []): Promise<unknown[]> {
    return (await client.query<pg.QueryResultRow>(text, values)).rows
  }

  test('before the migrations, history says that it is not ready', async () => {
    await expect(history.insert(aQuoteBatch())).rejects.toMatchObject({
      code: 'history-failed',
      sqlState: '42P01',
    })
  })

  test('migrations run once, in their order', async () => {
    const ran = await migrate(database.databaseUrl)
    expect(ran).toEqual([
      '0001_price-feeds',
      '0002_aggregated-prices',
      '0003_api-key',
      '0004_submissions-log',
      '0005_price-provenance',
    ])
    expect(await migrate(database.databaseUrl)).toEqual([])
  })

  test('a migration that fails says which and why, and leaves nothing behind', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'chrono-migrations-'))
    try {
      await cp('migrations', dir, { recursive: true })
      await writeFile(join(dir, '9001_good.sql'), 'CREATE TABLE left_behind ();')
      await writeFile(join(dir, '9002_bad.sql'), 'ALTER TABLE no_such_table ADD COLUMN x integer;')
      await expect(migrate(database.databaseUrl, dir)).rejects.toMatchObject({
        code: 'migration-failed',
        message: 'Migration 9002_bad failed: relation "no_such_table" does not exist',
      })
      expect(await sql(`SELECT to_regclass('left_behind') AS found`)).toEqual([{ found: null }])
      expect(await migrate(database.databaseUrl)).toEqual([])
    } finally {
      await rm(dir, { recursive: true })
    }
  })

  describe('once migrated', () => {
    beforeEach(() =>
      sql('TRUNCATE price_feeds, aggregated_prices, price_provenance, api_key, submissions_log'),
    )

    test('answers a ping', async () => {
      await expect(history.ping()).resolves.toBeUndefined()
    })

    test('keeps a quote as it was, and makes the partition of its day by itself', async () => {
      const row = aQuoteRow()
      await history.insert(aQuoteBatch(row))
      expect(
        await sql(`SELECT id, symbol, price::text, volume::text, "timestamp", source, ingested_at,
                     worker_id, tick_at, metadata, tableoid::regclass::text AS partition
                   FROM price_feeds`),
      ).toEqual([
        {
          ...row,
          price: '97500',
          volume: '1234.5',
          timestamp: new Date(row.timestamp),
          ingested_at: new Date(row.ingested_at),
          tick_at: new Date(row.tick_at),
          partition: 'price_feeds_20261122',
        },
      ])
    })

    test.each(['0.00000123456789', '97500.123456789', '0.0000001', '123456789012345'])(
      'keeps every digit of %s',
      async (digits) => {
        await history.insert(aQuoteBatch(aQuoteRow({ price: Number(digits) })))
        expect(await sql('SELECT price::text FROM price_feeds')).toEqual([{ price: digits }])
      },
    )

    test('property: whatever number goes in comes out', async () => {
      const price = fc.double({ min: 1e-12, max: 1e15, noNaN: true })
      await fc.assert(
        fc.asyncProperty(fc.array(price, { minLength: 1, maxLength: 50 }), async (prices) => {
          await sql('TRUNCATE aggregated_prices')
          const rows = prices.map((consensus_price, voting_round_id) =>
            anAggregateRow({ consensus_price, voting_round_id }),
          )
          await history.insert(anAggregateBatch(...rows))
          const kept = await sql(
            'SELECT consensus_price::text AS price FROM aggregated_prices ORDER BY voting_round_id',
          )
          expect(kept).toEqual(
            prices.map((given) => ({
              price: expect.toSatisfy((text: string) => Number(text) === given),
            })),
          )
          expect(await history.latestAggregate(feedSymbol('BTC'))).toEqual(rows.at(-1))
        }),
        { numRuns: 20 },
      )
    })

    test('writing the same quotes twice changes nothing, also when some of them are new', async () => {
      const [first, second, third] = [1, 2, 3].map((id) => aQuoteRow({ id: aUuid(id) }))
      if (!first || !second || !third) throw new Error('expected three')
      await history.insert(aQuoteBatch(first, second))
      await history.insert(aQuoteBatch(first, { ...second, price: 1 }, third, third))
      expect(await sql('SELECT id, price::text FROM price_feeds ORDER BY id')).toEqual(
        [first, second, third].map(({ id }) => ({ id, price: '97500' })),
      )
    })

    test('days end at midnight UTC, and one batch may make several', async () => {
      const ticks = [midnightMs - 1, midnightMs, midnightMs + dayMs, midnightMs + 3 * dayMs]
      await history.insert(
        aQuoteBatch(...ticks.map((tick_at, i) => aQuoteRow({ id: aUuid(i), tick_at }))),
      )
      expect(
        await sql('SELECT tableoid::regclass::text AS partition FROM price_feeds ORDER BY tick_at'),
      ).toEqual(
        ['20261122', '20261123', '20261124', '20261126'].map((day) => ({
          partition: `price_feeds_${day}`,
        })),
      )
    })

    test('Workers that meet at the start of a day all get their rows in', async () => {
      const tick_at = midnightMs + 30 * dayMs
      await Promise.all(
        Array.from({ length: 6 }, (_, i) =>
          history.insert(aQuoteBatch(aQuoteRow({ id: aUuid(i), tick_at }))),
        ),
      )
      expect(await sql('SELECT count(*)::integer FROM price_feeds')).toEqual([{ count: 6 }])
    })

    test('a partition has the indexes and the checks of the whole', async () => {
      await history.insert(aQuoteBatch())
      const indexes = await sql(
        `SELECT amname AS kind FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
         JOIN pg_am ON pg_am.oid = relam
         WHERE indrelid = 'price_feeds_20261122'::regclass ORDER BY amname`,
      )
      expect(indexes).toEqual([{ kind: 'brin' }, { kind: 'btree' }, { kind: 'btree' }])
      await expect(sql(`UPDATE price_feeds_20261122 SET price = 'NaN'`)).rejects.toMatchObject({
        constraint: 'price_is_positive',
      })
    })

    test('takes five thousand quotes in one batch', async () => {
      const rows = Array.from({ length: 5_000 }, (_, i) => aQuoteRow({ id: aUuid(i) }))
      await history.insert(aQuoteBatch(...rows))
      expect(await sql('SELECT count(*)::integer FROM price_feeds')).toEqual([{ count: 5_000 }])
    })

    test('keeps a submission as it was, wei by wei', async () => {
      const report = aReport()
      await history.insert({ kind: 'submissions', rows: [report] })
      expect(await history.submissions(10, undefined)).toEqual([report])
      const [row] = await sql(
        'SELECT epoch::integer, block_timestamp, at, fee_wei::text FROM submissions_log',
      )
      expect(row).toEqual({
        epoch: report.voting_round_id,
        block_timestamp: new Date((report.block_timestamp ?? 0) * 1_000),
        at: new Date(report.at),
        fee_wei: '12345678901234567890',
      })
    })

    test('keeps a submission of which little is known', async () => {
      const { id, voting_round_id, kind, signer, at, attempts } = aReport()
      const report = { id, voting_round_id, kind, signer, at, attempts, error: "it's gone" }
      const rows = [{ ...report, status: 'missed' } as const]
      await history.insert({ kind: 'submissions', rows })
      expect(await history.submissions(10, undefined)).toEqual(rows)
    })

    test('writing the same reports twice changes nothing, also when some of them are new', async () => {
      const [first, second] = [aReport(), aReport({ id: aUuid(2), at: aReport().at + 1 })]
      await history.insert({ kind: 'submissions', rows: [first] })
      await history.insert({
        kind: 'submissions',
        rows: [{ ...first, status: 'failed' }, second, second],
      })
      expect(await history.submissions(10, undefined)).toEqual([second, first])
    })

    test('tells submissions newest first, page by page', async () => {
      const rows = [1, 2, 3, 4, 5].map((n) =>
        aReport({ id: aUuid(n), at: 1_000 + Math.floor(n / 2) }),
      )
      await history.insert({ kind: 'submissions', rows })
      const ids = async (before?: { readonly atMs: number; readonly id: string }) =>
        (await history.submissions(2, before)).map(({ id }) => id)
      expect(await ids()).toEqual([aUuid(5), aUuid(4)])
      expect(await ids({ atMs: 1_002, id: aUuid(4) })).toEqual([aUuid(3), aUuid(2)])
      expect(await ids({ atMs: 1_001, id: aUuid(2) })).toEqual([aUuid(1)])
      expect(await ids({ atMs: 1_000, id: aUuid(1) })).toEqual([])
    })

    test('an empty batch is nothing to do', async () => {
      await history.insert({ kind: 'quotes', rows: [] })
      expect(await sql('SELECT 1 FROM price_feeds')).toEqual([])
    })

    test.each([
      { what: 'a price of zero', row: { price: 0 }, error: { constraint: 'price_is_positive' } },
      {
        what: 'a negative volume',
        row: { volume: -1 },
        error: { constraint: 'volume_is_not_negative' },
      },
      {
        what: 'a price that is no number',
        row: { price: Number.NaN },
        error: { sqlState: '23502' },
      },
      { what: 'an id that is none', row: { id: 'one' }, error: { sqlState: '22P02' } },
    ])('refuses $what, and the whole batch with it', async ({ row, error }) => {
      const good = aQuoteRow({ id: aUuid(7) })
      await expect(history.insert(aQuoteBatch(good, aQuoteRow(row)))).rejects.toMatchObject({
        code: 'history-refused',
        ...error,
      })
      expect(await sql('SELECT 1 FROM price_feeds')).toEqual([])
    })

    test('refuses a batch that would make more than a month of days', async () => {
      const rows = Array.from({ length: 32 }, (_, day) =>
        aQuoteRow({ id: aUuid(day), tick_at: aTickAtMs + (1_000 + day) * dayMs }),
      )
      await expect(history.insert(aQuoteBatch(...rows))).rejects.toMatchObject({
        code: 'history-refused',
      })
    })

    test('the latest aggregate is that of the newest round, whenever it was written', async () => {
      const [older, newer] = [10, 11].map((voting_round_id) => anAggregateRow({ voting_round_id }))
      if (!older || !newer) throw new Error('expected two')
      await history.insert(anAggregateBatch(newer))
      await history.insert(anAggregateBatch(older, anAggregateRow({ symbol: feedSymbol('ETH') })))
      expect(await history.latestAggregate(feedSymbol('BTC'))).toEqual(newer)
      expect(await history.latestAggregate(feedSymbol('XRP'))).toBeUndefined()
    })

    test('what an aggregate does not have is absent when it is read', async () => {
      const { spot: _s, vwap: _v, twap: _t, weighted_median: _w, ...bare } = anAggregateRow()
      await history.insert(anAggregateBatch(bare))
      expect(await history.latestAggregate(bare.symbol)).toStrictEqual(bare)
    })

    test('what a price was made of is told of its round, and of no other', async () => {
      const provenance = aRoundProvenance()
      const row = anAggregateRow({ voting_round_id: 7, provenance })
      await history.insert(anAggregateBatch(row, anAggregateRow({ voting_round_id: 8 })))
      expect(await history.aggregateOf(row.symbol, 7)).toStrictEqual(row)
      expect(await history.aggregateOf(row.symbol, 8)).not.toHaveProperty('provenance')
      expect(await history.aggregateOf(row.symbol, 9)).toBeUndefined()
      expect(await history.aggregateOf(feedSymbol('ETH'), 7)).toBeUndefined()
      expect(await history.latestAggregate(row.symbol)).not.toHaveProperty('provenance')
    })

    test('what a price was made of is read as it was written before it had a version', async () => {
      const { version: _, ...unversioned } = aRoundProvenance()
      const row = anAggregateRow({ provenance: unversioned })
      await history.insert(anAggregateBatch(row))
      expect(await history.aggregateOf(row.symbol, row.voting_round_id)).toStrictEqual(row)
    })

    test('what another version wrote of it is as good as forgotten, and the price stays', async () => {
      await history.insert(anAggregateBatch(anAggregateRow({ provenance: aRoundProvenance() })))
      await sql(`UPDATE price_provenance SET provenance = '{"version": 2, "made_of": "stars"}'`)
      expect(await history.aggregateOf(feedSymbol('BTC'), 1_000_000)).toStrictEqual(
        anAggregateRow(),
      )
    })

    test('what a price was made of may be forgotten, and the price stays', async () => {
      await history.insert(anAggregateBatch(anAggregateRow({ provenance: aRoundProvenance() })))
      await sql('DELETE FROM price_provenance')
      expect(await history.aggregateOf(feedSymbol('BTC'), 1_000_000)).toStrictEqual(
        anAggregateRow(),
      )
    })

    test('provenance is kept for a week of rounds, of whichever feed; prices stay', async () => {
      const provenance = aRoundProvenance()
      const of = (base: string, voting_round_id: number) =>
        anAggregateRow({ symbol: feedSymbol(base), voting_round_id, provenance })
      const newest = 10 + provenanceRounds
      await history.insert(anAggregateBatch(of('BTC', 9), of('BTC', 10), of('BTC', 11)))
      await history.insert(anAggregateBatch(of('ETH', 10), of('ETH', 11)))
      await history.insert(anAggregateBatch(of('BTC', newest)))
      expect(
        await sql(
          'SELECT symbol, voting_round_id::int AS round FROM price_provenance ORDER BY 1, 2',
        ),
      ).toEqual([
        { symbol: 'BTC/USD', round: 11 },
        { symbol: 'BTC/USD', round: newest },
        { symbol: 'ETH/USD', round: 11 },
      ])
      expect(await sql('SELECT count(*)::int AS prices FROM aggregated_prices')).toEqual([
        { prices: 6 },
      ])
    })

    test('a late write of an old round forgets nothing of newer ones', async () => {
      const provenance = aRoundProvenance()
      const newest = anAggregateRow({ voting_round_id: 20_000, provenance })
      await history.insert(anAggregateBatch(newest))
      await history.insert(anAggregateBatch(anAggregateRow({ voting_round_id: 1, provenance })))
      expect(await history.aggregateOf(newest.symbol, 20_000)).toMatchObject({ provenance })
    })

    test('what has piled up of provenance goes a thousand at a time', async () => {
      await sql(`INSERT INTO price_provenance
                 SELECT 'BTC/USD', round, '{}' FROM generate_series(1, 2500) AS round`)
      const left: unknown[] = []
      for (const voting_round_id of [20_000, 20_001, 20_002]) {
        await history.insert(anAggregateBatch(anAggregateRow({ voting_round_id })))
        left.push(...(await sql('SELECT count(*)::int AS rows FROM price_provenance')))
      }
      expect(left).toEqual([{ rows: 1_500 }, { rows: 500 }, { rows: 0 }])
    })

    test('the first provenance of a round stays, whichever aggregate comes with another', async () => {
      const provenance = aRoundProvenance()
      await history.insert(anAggregateBatch(anAggregateRow({ provenance })))
      await history.insert(anAggregateBatch(anAggregateRow({ provenance: {} })))
      expect(await history.aggregateOf(feedSymbol('BTC'), 1_000_000)).toMatchObject({ provenance })
    })

    test('the first aggregate of a round stays', async () => {
      await history.insert(anAggregateBatch(anAggregateRow({ consensus_price: 1 })))
      await history.insert(anAggregateBatch(anAggregateRow({ consensus_price: 2 })))
      expect(await history.latestAggregate(feedSymbol('BTC'))).toMatchObject({ consensus_price: 1 })
    })

    test('an aggregate that cannot be read is an error, not a price', async () => {
      await history.insert(anAggregateBatch())
      await sql(`UPDATE aggregated_prices SET voting_round_id = 9007199254740993`)
      await expect(history.latestAggregate(feedSymbol('BTC'))).rejects.toMatchObject({
        code: 'history-malformed',
      })
    })

    test('a key is found by its hash until it is revoked', async () => {
      const key = aNewKey({ name: `O'Neil "the" {reader}`, scopes: ['read', 'value-provider'] })
      const created = await keys.create(key)
      const { id, hash, limitPerMinute, scopes } = key
      const record = { id, name: key.name, limit_per_minute: limitPerMinute, scopes }
      expect(created).toStrictEqual({ ...record, createdAtMs: expect.any(Number) })
      expect(Math.abs(created.createdAtMs - Date.now())).toBeLessThan(60_000)
      expect(await keys.find(hash)).toStrictEqual(record)
      expect(await keys.find('cd'.repeat(32))).toBeUndefined()

      expect(await keys.revoke(id)).toBe(hash)
      expect(await keys.find(hash)).toBeUndefined()
    })

    test('revoking twice keeps the first instant, and an unknown id revokes nothing', async () => {
      const { id, hash } = await keys.create(aNewKey()).then(() => aNewKey())
      await keys.revoke(id)
      const before = await keys.list()
      expect(await keys.revoke(id)).toBe(hash)
      expect(await keys.list()).toEqual(before)
      expect(before).toMatchObject([{ id, revokedAtMs: expect.any(Number) }])

      expect(await keys.revoke(aUuid(99))).toBeUndefined()
      expect(await keys.revoke('no-uuid')).toBeUndefined()
    })

    test('lists the newest key first', async () => {
      await keys.create(aNewKey({ id: aUuid(1), hash: '01'.repeat(32) }))
      await keys.create(aNewKey({ id: aUuid(2), hash: '02'.repeat(32) }))
      expect((await keys.list()).map(({ id }) => id)).toEqual([aUuid(2), aUuid(1)])
    })

    test('two keys cannot share a hash', async () => {
      await keys.create(aNewKey({ id: aUuid(1) }))
      await expect(keys.create(aNewKey({ id: aUuid(2) }))).rejects.toMatchObject({
        code: 'history-refused',
        sqlState: '23505',
      })
    })
  })
})

test('a database that does not answer cannot be migrated, in one sentence', async () => {
  await expect(migrate('postgres://postgres:s3cret@127.0.0.1:1/none')).rejects.toMatchObject({
    code: 'database-unreachable',
    message: 'The database does not answer: connect ECONNREFUSED 127.0.0.1:1',
  })
})
