import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createConnection, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { bodyOf, message, messagesIn, query, typeOf } from '../../local/postgres/wire.ts'

const entry = 'local/postgres.ts'
const startedSchema = z.object({ url: z.string(), port: z.int().positive() })

let dataDir: string
let running: Started
const children: ChildProcess[] = []
const clients: pg.Client[] = []

// The tests share one directory, since making one takes seconds: each leaves a server running.
beforeAll(async () => {
  dataDir = join(await mkdtemp(join(tmpdir(), 'chrono-postgres-')), 'data')
  running = await start()
})

beforeEach(async () => {
  const client = await connect(running.url)
  await client.query('DROP TABLE IF EXISTS note')
  await client.query('CREATE TABLE note (id integer PRIMARY KEY)')
})

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end().catch(() => {})))
})

afterAll(async () => {
  await Promise.all(children.map((child) => end(child, 'SIGTERM')))
  await rm(join(dataDir, '..'), { recursive: true, force: true })
})

type Started = z.infer<typeof startedSchema> & { readonly child: ChildProcess }

/** Starts the stand-in as the supervisor does, on any free port. */
async function start(directory = dataDir): Promise<Started> {
  const child = fork(entry, ['--port', '0', '--data', directory], { silent: true })
  children.push(child)
  const [message]: unknown[] = await once(child, 'message')
  return { child, ...startedSchema.parse(message) }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  // The server goes away in these tests, on purpose.
  client.on('error', () => {})
  await client.connect()
  clients.push(client)
  return client
}

/** Ends a child and returns how long that took, milliseconds. */
async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number> {
  if (child.exitCode !== null || child.signalCode !== null) return 0
  const startedAt = performance.now()
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
  return performance.now() - startedAt
}

async function idsAt(url: string): Promise<number[]> {
  const client = await connect(url)
  const { rows } = await client.query<{ id: number }>('SELECT id FROM note ORDER BY id')
  return rows.map(({ id }) => id)
}

/** A client of bare bytes, let in. */
async function knock(): Promise<Socket> {
  const socket = createConnection(running.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.setNoDelay(true)
  const startup = Buffer.from('\0\0\0\x09\0\x03\0\0\0', 'latin1')
  for (const byte of startup) socket.write(Buffer.of(byte))
  await untilReady(socket)
  return socket
}

async function untilReady(socket: Socket): Promise<Buffer> {
  let heard = Buffer.alloc(0)
  while (!heard.includes(message('Z', 'I'))) {
    const [chunk]: unknown[] = await once(socket, 'data')
    heard = Buffer.concat([heard, z.instanceof(Buffer).parse(chunk)])
  }
  return heard
}

/** What the server answers to messages that arrive byte by byte, up to the next `ReadyForQuery`. */
async function talk(messages: readonly Buffer[]): Promise<string[]> {
  const socket = await knock()
  for (const byte of Buffer.concat(messages)) socket.write(Buffer.of(byte))
  const heard = await untilReady(socket)
  socket.destroy()
  return [...messagesIn(heard)].map((said) => {
    const type = typeOf(said)
    const isPlain = type === 'C' || type === 'Z'
    return isPlain ? `${type}:${bodyOf(said).toString('latin1').replace('\0', '')}` : type
  })
}

describe('the Postgres stand-in', () => {
  test('serves several connections, whose transactions do not mix', async () => {
    const { url } = running
    const [writer, reader, other] = [await connect(url), await connect(url), await connect(url)]

    await writer.query('BEGIN')
    await writer.query('INSERT INTO note VALUES (1)')
    const counts = Promise.all(
      [reader, other].map((client) => client.query('SELECT count(*)::integer AS n FROM note')),
    )
    await writer.query('INSERT INTO note VALUES (2)')
    await writer.query('ROLLBACK')
    expect((await counts).map(({ rows }) => rows)).toEqual([[{ n: 0 }], [{ n: 0 }]])

    await Promise.all(
      [writer, reader, other].map(async (client, i) => {
        for (let n = 0; n < 30; n += 1) {
          await client.query('BEGIN')
          await client.query('INSERT INTO note VALUES ($1)', [i * 1_000 + n])
          if (n % 3 === 0) {
            await expect(client.query('INSERT INTO nowhere VALUES (1)')).rejects.toThrow()
          }
          await client.query(n % 3 === 0 ? 'ROLLBACK' : 'COMMIT')
        }
      }),
    )
    expect(await idsAt(url)).toHaveLength(60)
  })

  test('answers each connection what that one asked', async () => {
    const asking = Array.from({ length: 4 }, async (_, who) => {
      const client = await connect(running.url)
      for (let n = 0; n < 50; n += 1) {
        const { rows } = await client.query('SELECT $1::integer AS who, $2::integer AS n', [who, n])
        expect(rows).toEqual([{ who, n }])
      }
    })
    await Promise.all(asking)
  })

  test('a connection that breaks inside a transaction takes back what it did', async () => {
    const [broken, patient] = [await connect(running.url), await connect(running.url)]
    await broken.query('BEGIN')
    await broken.query('INSERT INTO note VALUES (1)')
    const waiting = patient.query('SELECT id FROM note')
    await broken.end()
    expect((await waiting).rows).toEqual([])
  })

  test('two connections may prepare statements of the same name', async () => {
    const [first, second] = [await connect(running.url), await connect(running.url)]
    const name = 'same'
    for (const _ of [1, 2]) {
      expect((await first.query({ name, text: 'SELECT 1 AS n' })).rows).toEqual([{ n: 1 }])
      expect((await second.query({ name, text: 'SELECT 2 AS n' })).rows).toEqual([{ n: 2 }])
    }
    await first.end()
    expect((await second.query({ name, text: 'SELECT 2 AS n' })).rows).toEqual([{ n: 2 }])
    const { rows } = await second.query('SELECT count(*)::integer AS n FROM pg_prepared_statements')
    expect(rows).toEqual([{ n: 1 }])
  })

  test('what a connection has set ends with it', async () => {
    const [leaving, staying] = [await connect(running.url), await connect(running.url)]
    await leaving.query(`SET search_path = ''`)
    await leaving.end()
    await expect
      .poll(() => staying.query('SELECT * FROM note').then(({ rows }) => rows))
      .toEqual([])
  })

  test('takes rows by COPY, however the bytes come, and drops a COPY that breaks off', async () => {
    const copy = (rows: string) => [query('COPY note FROM STDIN'), message('d', rows)]
    const answers = await talk([...copy('1\n2\n'), message('d', '3\n'), message('c')])
    expect(answers).toEqual(['G', 'C:COPY 3', 'Z:I'])
    expect(await idsAt(running.url)).toEqual([1, 2, 3])

    expect(await talk([...copy('4\n'), message('f', 'no more\0')])).toEqual(['G', 'E', 'Z:I'])
    expect(await talk([...copy('x\n'), message('c')])).toEqual(['G', 'E', 'Z:I'])
    const broken = await knock()
    broken.write(Buffer.concat(copy('5\n')))
    broken.destroy()
    expect(await idsAt(running.url)).toEqual([1, 2, 3])
  })

  test('declines encryption, and closes on what is no message', async () => {
    const secure = new pg.Client({ connectionString: running.url, ssl: true })
    await expect(secure.connect()).rejects.toThrow('does not support SSL')

    const odd = await knock()
    odd.write(Buffer.from('Q\xff\xff\xff\xff', 'latin1'))
    await once(odd, 'close')
    expect(await idsAt(running.url)).toEqual([])
  })

  test('keeps what is committed, over a polite end and over a kill in the middle of writing', async () => {
    const client = await connect(running.url)
    await client.query('INSERT INTO note VALUES (1)')
    expect(await end(running.child, 'SIGTERM')).toBeLessThan(2_000)
    expect(running.child.exitCode).toBe(0)

    running = await start()
    expect(await idsAt(running.url)).toEqual([1])
    const writer = await connect(running.url)
    const acknowledged = [1]
    const writing = (async () => {
      for (let id = 2; ; id += 1) {
        await writer.query('INSERT INTO note VALUES ($1)', [id])
        acknowledged.push(id)
      }
    })()
    writing.catch(() => {})
    await expect.poll(() => acknowledged.length).toBeGreaterThan(50)
    await end(running.child, 'SIGKILL')

    running = await start()
    const kept = await idsAt(running.url)
    expect(kept.slice(0, acknowledged.length)).toEqual(acknowledged)
    expect(kept.length).toBeLessThanOrEqual(acknowledged.length + 1)
  })

  test('when PGlite ends, so does the process, in one sentence', async () => {
    const said: string[] = []
    running.child.stderr?.on('data', (chunk: unknown) => said.push(String(chunk)))
    const exited = once(running.child, 'exit')
    const client = await connect(running.url)
    // Not recognised as a COPY, so that PGlite waits for rows that it cannot be given.
    await expect(client.query('/* */ COPY note FROM STDIN')).rejects.toThrow()
    expect(await exited).toEqual([1, null])
    expect(said.join('')).toBe('The Postgres stand-in has ended: PGlite did.\n')
    running = await start()
  })

  test('one directory serves one process at a time', async () => {
    const second = promisify(execFile)(process.execPath, [entry, '--port', '0', '--data', dataDir])
    await expect(second).rejects.toMatchObject({
      code: 1,
      stderr: `The Postgres stand-in did not start: ${dataDir} is in use by another process.\n`,
    })
  })

  test('ends with the process that started it', async () => {
    const exited = once(running.child, 'exit')
    running.child.disconnect()
    expect(await exited).toEqual([0, null])
    running = await start()
  })

  test('a directory whose making was interrupted is made anew', async () => {
    const directory = `${dataDir}-interrupted`
    await mkdir(join(directory, 'base'), { recursive: true })
    await writeFile(`${directory}.unfinished`, '')
    await end(running.child, 'SIGTERM')
    running = await start(directory)
    await expect(connect(running.url)).resolves.toBeDefined()
  })
})
