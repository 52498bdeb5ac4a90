/** `npm run dev` as a user meets it on a fresh machine: prices within a minute, and a clean end. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, isPortFree } from '../../local/processes.ts'
import type { StackFile } from '../../local/addresses.ts'
import { groupOf } from '../../src/catalogue/independence.ts'
import { priceResponseSchema } from '../../src/protocol/wire.ts'
import { ask, listen, rowsOf, statusOf, until } from '../support/system.ts'

const root = join(import.meta.dirname, '..', '..')
const stackFile = join(root, '.local', 'stack.json')

let dev: ChildProcess
let stack: StackFile
let startedAtMs: number
let said = ''

function run(...args: readonly string[]): ChildProcess {
  return spawn('npm', ['run', 'dev', '--', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
}

beforeAll(async () => {
  startedAtMs = Date.now()
  const ports = ['--port', String(await freePort()), '--dashboard-port', String(await freePort())]
  dev = run('--replay', ...ports, '--round-seconds', '15')
  for (const stream of [dev.stdout, dev.stderr]) stream?.on('data', (data) => (said += data))
  await until('stack.json', 60_000, async () => {
    if (dev.exitCode !== null) throw new Error(`npm run dev ended: ${said}`)
    return existsSync(stackFile) ? true : undefined
  })
  stack = JSON.parse(readFileSync(stackFile, 'utf8'))
})

afterAll(() => {
  try {
    if (dev.pid !== undefined && dev.exitCode === null) process.kill(-dev.pid, 'SIGKILL')
  } catch {
    // It has ended, as the last test wants it to.
  }
})

describe('a fresh system', () => {
  test('has a consensus of many sources within 60 seconds of its start', async () => {
    const body = await until('a price of ten sources', 60_000, async () => {
      const answer = await ask(stack, '/api/v1/price/BTC')
      return answer.status === 200 && answer.body.sources.length >= 10 ? answer.body : undefined
    })
    expect(Date.now() - startedAtMs).toBeLessThan(60_000)

    const price = priceResponseSchema.parse(body)
    expect(price).toMatchObject({
      symbol: 'BTC/USD',
      sources: expect.arrayContaining(['kraken', 'okx', 'bybit']),
      stale: false,
      cache: { hit: true },
      rate_limit: { limit: 30 },
    })
    // Sources that show one book speak with one voice.
    expect(new Set(price.sources.map(groupOf)).size).toBe(price.sources.length)
    expect(price.cache.ttl_seconds).toBeGreaterThan(0)
    expect(price.cache.ttl_seconds).toBeLessThanOrEqual(300)
    expect(Math.abs(price.timestamp - Date.now())).toBeLessThan(60_000)
  })

  test('says that it is a replay, in its status and in every line of its ticks', async () => {
    expect(await statusOf(stack)).toMatchObject({ mode: 'replay', network: 'local' })
    // A price can be read before its tick is over, which waits for history to have it.
    const lines = await until('a completed tick', 60_000, async () => {
      const told = said.split('\n').filter((line) => line.includes('"event":"tick-completed"'))
      return told.length > 0 ? told : undefined
    })
    for (const line of lines) expect(line).toContain('"mode":"replay"')
  })

  test('names every feed in three spellings, and answers for at least sixty', async () => {
    const { body } = await ask(stack, '/api/v1/prices')
    expect(body.prices.length).toBeGreaterThanOrEqual(60)
    for (const name of ['ETH', 'eth-usd', 'ETH%2FUSD']) {
      expect(await ask(stack, `/api/v1/price/${name}`)).toMatchObject({
        status: 200,
        body: { symbol: 'ETH/USD' },
      })
    }
  })

  test('keeps quotes and aggregates in their tables', async () => {
    const quotes = await rowsOf(
      stack,
      `SELECT id, symbol, price, volume, "timestamp", source, ingested_at, worker_id, metadata
       FROM price_feeds WHERE symbol = 'BTC/USD' ORDER BY tick_at DESC LIMIT 30`,
    )
    expect(new Set(quotes.map(({ source }) => source)).size).toBeGreaterThanOrEqual(10)
    for (const quote of quotes) {
      expect(Number(quote.price)).toBeGreaterThan(0)
      expect(quote.metadata).toMatchObject({ api_latency_ms: expect.any(Number) })
    }

    const [aggregate] = await until('an aggregate', 45_000, async () => {
      const rows = await rowsOf(
        stack,
        `SELECT symbol, consensus_price, spot, confidence, sources_used, algorithm, "timestamp"
         FROM aggregated_prices WHERE symbol = 'BTC/USD'`,
      )
      return rows.length > 0 ? rows : undefined
    })
    expect(Number(aggregate.consensus_price) / Number(quotes[0].price)).toBeCloseTo(1, 1)
    expect(Number(aggregate.spot) / Number(quotes[0].price)).toBeCloseTo(1, 1)
    expect(aggregate.sources_used.length).toBeGreaterThanOrEqual(10)
  })

  test('tells a WebSocket listener its snapshot and then each new price', async () => {
    const ear = await listen(stack)
    expect(ear.socket.protocol).toBe('chrono.v1')
    ear.say({ action: 'subscribe', symbols: ['BTC', 'ETH'], client_id: 'tester' })
    const updates = await until('two updates of BTC', 30_000, async () => {
      const ofBtc = ear.heard.flatMap((message) =>
        message.type === 'price_update' && message.data.symbol === 'BTC/USD' ? [message.data] : [],
      )
      return ofBtc.length >= 2 ? ofBtc : undefined
    })
    expect(ear.heard[0]).toMatchObject({
      type: 'subscribed',
      data: { client_id: 'tester', symbols: ['BTC/USD', 'ETH/USD'] },
    })
    const [first, second] = updates
    expect(second?.seq).toBe((first?.seq ?? 0) + 1)
    expect(first?.change_24h).toEqual(expect.any(Number))
    // Besides them only what every listener hears: what becomes of submissions.
    const types = ear.heard.map(({ type }) => type).filter((type) => type !== 'ftso_submission')
    expect(new Set(types)).toEqual(new Set(['subscribed', 'price_update']))
    ear.socket.close()
  })

  test('answers thirty requests a minute and refuses the thirty-first', async () => {
    const { body } = await ask(stack, '/admin/v1/keys', {
      method: 'POST',
      key: stack.admin_key,
      headers: { 'Content-Type': 'application/json' },
      body: '{"name":"thirty"}',
    })
    const answers = await Promise.all(
      Array.from({ length: 31 }, async () => ask(stack, '/api/v1/price/BTC', { key: body.key })),
    )
    const refused = answers.filter(({ status }) => status === 429)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(30)
    expect(refused).toHaveLength(1)

    const [problem] = refused
    expect(problem?.headers.get('Content-Type')).toContain('application/problem+json')
    expect(problem?.body).toMatchObject({ status: 429, code: 'rate-limited' })
    const retryAfterSec = Number(problem?.headers.get('Retry-After'))
    expect(retryAfterSec).toBeGreaterThan(50)
    expect(retryAfterSec).toBeLessThanOrEqual(60)

    const remaining = answers
      .filter(({ status }) => status === 200)
      .map((answer) => answer.body.rate_limit.remaining)
    expect(remaining.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i))
  })

  test('refuses a second start from the same checkout, in one sentence', async () => {
    const second = run('--replay', '--port', new URL(stack.worker_url).port)
    let output = ''
    second.stderr?.on('data', (data) => (output += data))
    const [code] = await once(second, 'exit')
    expect(code).not.toBe(0)
    expect(output).toMatch(/Port \d+ is taken; choose another with --port\./)
    expect(existsSync(stackFile)).toBe(true)
  })

  test('ends within five seconds of Ctrl-C and leaves nothing behind', async () => {
    const ports = [stack.worker_url, stack.neon_url, stack.database_url, stack.redis_url].map(
      (url) => Number(new URL(url).port),
    )
    const before = Date.now()
    // A terminal sends Ctrl-C to the whole foreground group.
    if (dev.pid !== undefined) process.kill(-dev.pid, 'SIGINT')
    await once(dev, 'exit')
    await until('all ports to be free', 5_000, async () => {
      const free = await Promise.all(ports.map(isPortFree))
      return free.every(Boolean) ? true : undefined
    })
    expect(Date.now() - before).toBeLessThan(5_000)
    expect(existsSync(stackFile)).toBe(false)
    const left = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(join(root, '.local')))
    expect(left).toEqual([])
  })
})

test('says in one sentence that a port is taken, and ends', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const refused = run('--replay', '--port', String(port))
  let output = ''
  refused.stderr?.on('data', (data) => (output += data))
  const [code] = await once(refused, 'exit')
  server.close()
  expect(code).not.toBe(0)
  expect(output).toContain(`Port ${port} is taken; choose another with --port.`)
})
