import { NeonDbError, neon, neonConfig } from '@neondatabase/serverless'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type LocalNeon, startNeon } from '../../local/neon.ts'
import { neonHistory } from '../../src/history/neon.ts'
import { type OpenDatabase, testDatabases } from './history-databases.ts'

const connection = 'postgres://local:local@db.neon.test/main'

describe.each(await testDatabases())("Neon's interface over $name", ({ open }) => {
  let database: OpenDatabase
  let local: LocalNeon
  const sql = neon(connection, { disableWarningInBrowsers: true })

  beforeAll(async () => {
    database = await open()
    local = await startNeon({ port: 0, databaseUrl: database.databaseUrl })
    neonConfig.fetchEndpoint = local.url
    await sql`CREATE TABLE note (id integer PRIMARY KEY, body text NOT NULL CHECK (body <> ''))`
  })

  beforeEach(async () => {
    await sql`TRUNCATE note`
  })

  afterAll(async () => {
    await local.stop()
    await database.close()
  })

  function post(body: string, headers: Record<string, string> = {}) {
    return fetch(local.url, {
      method: 'POST',
      body,
      headers: { 'Neon-Connection-String': connection, ...headers },
    })
  }

  /** What the driver throws. */
  async function errorOf(run: Promise<unknown>): Promise<NeonDbError> {
    const error: unknown = await run.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (!(error instanceof NeonDbError)) throw new Error('expected a NeonDbError')
    return error
  }

  test('values of every kind arrive as Neon would send them', async () => {
    const [row] = await sql`SELECT
      7::integer AS int4, 9007199254740993::bigint AS int8, 0.10000000000000000001 AS exact,
      1.5::double precision AS float, true AS yes, null AS nothing, 'ä''"' AS text,
      '{"a": [1, null]}'::jsonb AS json, ARRAY['x, y', 'z"']::text[] AS texts,
      '\\x00ff'::bytea AS bytes, '2026-11-22 10:00:00+00'::timestamptz AS at`
    expect(row).toEqual({
      int4: 7,
      int8: '9007199254740993',
      exact: '0.10000000000000000001',
      float: 1.5,
      yes: true,
      nothing: null,
      text: `ä'"`,
      json: { a: [1, null] },
      texts: ['x, y', 'z"'],
      bytes: Buffer.from([0, 255]),
      at: new Date('2026-11-22T10:00:00Z'),
    })
  })

  test('parameters of every kind come back as they went', async () => {
    const texts = ['a', 'b,c', `"quoted"`, `\\`]
    const at = new Date('2026-11-22T10:00:00.123Z')
    const [row] = await sql`SELECT
      ${1}::integer AS number, ${false}::boolean AS no, ${null}::text AS nothing,
      ${texts}::text[] AS texts, ${at}::timestamptz AS at, ${{ a: 1 }}::jsonb AS json,
      ${Buffer.from([1, 2])}::bytea AS bytes`
    expect(row).toEqual({
      number: 1,
      no: false,
      nothing: null,
      texts,
      at,
      json: { a: 1 },
      bytes: Buffer.from([1, 2]),
    })
  })

  test('rows come as arrays and results in full where that is asked for', async () => {
    const result = await sql.query('SELECT 1 AS one, 2 AS two', [], {
      arrayMode: true,
      fullResults: true,
    })
    expect(result).toMatchObject({
      command: 'SELECT',
      rowCount: 1,
      rowAsArray: true,
      rows: [[1, 2]],
      fields: [
        { name: 'one', dataTypeID: 23 },
        { name: 'two', dataTypeID: 23 },
      ],
    })
  })

  test('without array mode rows have names', async () => {
    const answer = await post(JSON.stringify({ query: 'SELECT $1::integer AS one', params: ['1'] }))
    expect(await answer.json()).toMatchObject({ rowAsArray: false, rows: [{ one: '1' }] })
  })

  test('a transaction has the isolation that was asked for', async () => {
    const results = await sql.transaction(
      [sql`SHOW transaction_isolation`, sql`SHOW transaction_read_only`],
      { isolationLevel: 'Serializable', readOnly: true, deferrable: true },
    )
    expect(results).toEqual([
      [{ transaction_isolation: 'serializable' }],
      [{ transaction_read_only: 'on' }],
    ])
  })

  test('a transaction is all or nothing, and the connection is sound afterwards', async () => {
    const error = await errorOf(
      sql.transaction([
        sql`INSERT INTO note VALUES (1, 'kept?')`,
        sql`INSERT INTO note VALUES (1, 'again')`,
      ]),
    )
    expect(error).toMatchObject({ code: '23505', constraint: 'note_pkey', table: 'note' })
    expect(await sql`SELECT * FROM note`).toEqual([])
    await sql.transaction([
      sql`INSERT INTO note VALUES (1, 'a')`,
      sql`INSERT INTO note VALUES (2, 'b')`,
    ])
    expect(await sql`SELECT count(*)::integer FROM note`).toEqual([{ count: 2 }])
  })

  test('transactions side by side do not see each other half done', async () => {
    const both = (id: number) =>
      sql.transaction([
        sql`INSERT INTO note VALUES (${id}, 'first')`,
        sql`SELECT count(*)::integer % 2 AS odd FROM note`,
        sql`INSERT INTO note VALUES (${-id}, 'second')`,
      ])
    const results = await Promise.all(Array.from({ length: 12 }, (_, i) => both(i + 1)))
    expect(results.map(([, odd]) => odd)).toEqual(Array(12).fill([{ odd: 1 }]))
  })

  test("an error has Postgres' own words", async () => {
    expect(await errorOf(sql`SELECT * FROM nowhere`)).toMatchObject({
      message: 'relation "nowhere" does not exist',
      severity: 'ERROR',
      code: '42P01',
      position: '15',
    })
    expect(await errorOf(sql`INSERT INTO note VALUES (1, '')`)).toMatchObject({
      code: '23514',
      schema: 'public',
      table: 'note',
      constraint: 'note_body_check',
      detail: expect.stringContaining('Failing row'),
    })
  })

  test('two statements in one text are refused, as by Neon', async () => {
    expect(await errorOf(sql.query('SELECT 1; SELECT 2'))).toMatchObject({ code: '42601' })
  })

  test.each([
    { name: 'no JSON', body: '<html>' },
    { name: 'no query', body: '{"params":[]}' },
    { name: 'parameters that are none', body: '{"query":"SELECT 1","params":[{}]}' },
  ])('refuses $name', async ({ body }) => {
    expect((await post(body)).status).toBe(400)
  })

  test('refuses an isolation level that there is not, and whoever names no database', async () => {
    const queries = '{"queries":[]}'
    expect((await post(queries, { 'Neon-Batch-Isolation-Level': 'Total' })).status).toBe(400)
    expect((await fetch(local.url, { method: 'POST', body: queries })).status).toBe(400)
  })

  test('there is no other path and no other method', async () => {
    expect((await fetch(local.url)).status).toBe(404)
    expect((await fetch(new URL('/', local.url), { method: 'POST' })).status).toBe(404)
  })

  test('a body has a limit', async () => {
    const query = ' '.repeat(33 * 1024 * 1024)
    const refused = await post(JSON.stringify({ query })).then(
      ({ status }) => status,
      // The connection may close while the body is still on its way.
      () => 413,
    )
    expect(refused).toBe(413)
    expect(await sql`SELECT 1 AS one`).toEqual([{ one: 1 }])
  })
})

describe('Neon whose database comes and goes', () => {
  test('is unreachable while the database is down, and recovers by itself', async () => {
    const [pglite] = await testDatabases()
    if (!pglite) throw new Error('expected PGlite')
    const first = await pglite.open()
    const port = Number(new URL(first.databaseUrl).port)
    const local = await startNeon({ port: 0, databaseUrl: first.databaseUrl })
    const history = neonHistory({
      databaseUrl: 'postgres://local:local@outage.neon.test/main',
      fetchEndpoint: local.url,
    })
    try {
      await history.ping()
      await first.close()
      for (const _ of [1, 2, 3]) {
        await expect(history.ping()).rejects.toMatchObject({
          code: 'history-unreachable',
          message: expect.stringContaining('HTTP status 503'),
        })
      }

      const second = await pglite.open(port)
      await expect.poll(() => history.ping().then(() => 'up'), { timeout: 5_000 }).toBe('up')
      await second.close()
    } finally {
      await local.stop()
    }
  })
})
