import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { HistoryError } from '../../../src/history/history-error.ts'
import { type NeonSettings, neonQuery } from '../../../src/history/neon-client.ts'

const password = 's3cret%40pass'
const stops: (() => void)[] = []

afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** A Neon that answers as the test says; each has a host of its own, as each database has. */
async function aNeon(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  stops.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a port')
  return {
    databaseUrl: `postgres://reader:${password}@host-${address.port}.test/prices`,
    fetchEndpoint: `http://127.0.0.1:${address.port}/sql`,
  } satisfies NeonSettings
}

function answering(status: number, body: unknown) {
  return aNeon((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
}

/** What a statement fails with. */
async function failureOf(settings: NeonSettings): Promise<HistoryError> {
  try {
    await neonQuery(settings)('SELECT 1')
  } catch (error) {
    if (error instanceof HistoryError) return error
    throw error
  }
  throw new Error('expected a failure')
}

describe('neonQuery', () => {
  test('returns rows by name', async () => {
    const settings = await answering(200, {
      command: 'SELECT',
      rowCount: 1,
      fields: [
        { name: 'one', dataTypeID: 23 },
        { name: 'exact', dataTypeID: 1700 },
      ],
      rows: [['1', '0.00000123456789']],
    })
    expect(await neonQuery(settings)('SELECT …')).toEqual([{ one: 1, exact: '0.00000123456789' }])
  })

  test.each([
    { sqlState: '22003', code: 'history-refused' },
    { sqlState: '23514', code: 'history-refused' },
    { sqlState: '42P01', code: 'history-failed' },
    { sqlState: '42501', code: 'history-failed' },
    { sqlState: '53300', code: 'history-unreachable' },
    { sqlState: '57P03', code: 'history-unreachable' },
    { sqlState: '08006', code: 'history-unreachable' },
    { sqlState: '57014', code: 'history-timed-out' },
  ])('SQLSTATE $sqlState is $code', async ({ sqlState, code }) => {
    const settings = await answering(400, { message: 'because', code: sqlState, constraint: 'c' })
    expect(await failureOf(settings)).toMatchObject({
      name: 'HistoryError',
      code,
      sqlState,
      constraint: 'c',
      message: `Postgres said ${sqlState}: because`,
    })
  })

  test.each([
    { name: 'a 503', status: 503, body: 'no compute' },
    { name: 'a 400 that is not of Postgres', status: 400, body: { message: 'endpoint not found' } },
    { name: 'a page of HTML', status: 200, body: '<html>' },
    { name: 'JSON that is no result', status: 200, body: {} },
  ])('$name means that history is unreachable', async ({ status, body }) => {
    expect(await failureOf(await answering(status, body))).toMatchObject({
      code: 'history-unreachable',
    })
  })

  test('so does a port that nobody listens on', async () => {
    const settings = await answering(200, {})
    for (const stop of stops.splice(0)) stop()
    expect(await failureOf(settings)).toMatchObject({ code: 'history-unreachable' })
  })

  test.each([
    { name: 'never answers', answer: () => {} },
    {
      name: 'answers and then falls silent',
      answer: (_: IncomingMessage, response: ServerResponse) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.write('{"rows":')
      },
    },
  ])('a Neon that $name is given up at the deadline', async ({ answer }) => {
    const settings = await aNeon(answer)
    const startedAt = performance.now()
    expect(await failureOf({ ...settings, timeoutMs: 150 })).toMatchObject({
      code: 'history-timed-out',
      message: 'Neon did not answer within 150 ms.',
    })
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })

  test('no error holds the password or the connection string, whatever the other side says', async () => {
    const echo = await aNeon((request, response) => {
      const connection = request.headers['neon-connection-string']
      response.writeHead(500).end(`${String(connection)} ${decodeURIComponent(password)}`)
    })
    const error = await failureOf(echo)
    const told = [error.message, error.stack, String(error), JSON.stringify(error)].join('\n')
    expect(told).toContain('HTTP status 500')
    expect(told).not.toContain(password)
    expect(told).not.toContain(decodeURIComponent(password))
    expect(error.cause).toBeUndefined()
  })

  test.each([
    'not a url',
    '',
    'https://reader:pw@host/prices',
    'postgres://host/prices',
    'postgres://reader:pw@host',
  ])('refuses %j before anything is sent, without repeating it', (databaseUrl) => {
    expect(() => neonQuery({ databaseUrl })).toThrow(
      expect.objectContaining({
        code: 'history-misconfigured',
        message: expect.not.stringContaining('pw@'),
      }),
    )
  })

  test('one stand-in does not catch what is meant for another host', async () => {
    const row = (name: string) => ({
      fields: [{ name: 'name', dataTypeID: 25 }],
      rows: [[name]],
    })
    const [first, second] = [
      await answering(200, row('first')),
      await answering(200, row('second')),
    ]
    const [asFirst, asSecond] = [neonQuery(first), neonQuery(second)]
    expect(await asFirst('SELECT 1')).toEqual([{ name: 'first' }])
    expect(await asSecond('SELECT 1')).toEqual([{ name: 'second' }])
  })
})
