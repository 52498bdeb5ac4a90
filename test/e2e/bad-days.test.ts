/** Bad days: what fails costs only itself, and nothing accepted is lost. */

import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../local/processes.ts'
import { type Stack, startStack } from '../../local/stack.ts'
import type { TickStatus } from '../../src/protocol/status.ts'
import {
  ask,
  keepCron,
  listen,
  misbehave,
  roomyKey,
  rowsOf,
  statusOf,
  until,
} from '../support/system.ts'

const directory = mkdtempSync(join(tmpdir(), 'chrono-e2e-'))
const deaths: string[] = []

let stack: Stack
let key: string
let stopCron: () => void

beforeAll(async () => {
  stack = await startStack({
    port: await freePort(),
    dashboardPort: await freePort(),
    mode: 'replay',
    roundSec: 6,
    directory,
    onProgress: () => undefined,
    onDeath: (sentence) => deaths.push(sentence),
  })
  stopCron = keepCron(stack)
  key = await roomyKey(stack.file)
  await until('a first price', 60_000, async () => priceOf('BTC'))
})

afterAll(async () => {
  stopCron?.()
  await stack?.stop()
  rmSync(directory, { recursive: true, force: true })
  expect(deaths).toEqual([])
})

beforeEach(async () => {
  await misbehave(stack.file, 'all', {})
})

// oxlint-disable-next-line typescript/no-explicit-any -- The tests assert what they find here.
async function priceOf(base: string): Promise<any> {
  const { status, body } = await ask(stack.file, `/api/v1/price/${base}`, { key })
  return status === 200 ? body : undefined
}

/** A price of many sources made later than `sinceMs`, with or without one of them. */
async function pricedBy(kraken: 'with kraken' | 'without kraken', sinceMs: number) {
  return until(`a price ${kraken}`, 60_000, async () => {
    const body = await priceOf('BTC')
    const isNew = body?.timestamp > sinceMs && body.sources.length >= 8
    return isNew && body.sources.includes('kraken') === (kraken === 'with kraken')
      ? body
      : undefined
  })
}

test.each(['down', 'html', 'garbage', 'hang'])(
  'one exchange %s: the others carry on, and the status says which one and why',
  async (mode) => {
    await misbehave(stack.file, 'kraken', { mode })
    await pricedBy('without kraken', Date.now())
    const kraken = await until('kraken to be told as failing', 15_000, async () => {
      const status = await statusOf(stack.file)
      const told = status.sources.find(({ source }) => source === 'kraken')
      return status.degraded && told?.ok === false ? told : undefined
    })
    expect(kraken.last_error?.message).toBeTruthy()
    await misbehave(stack.file, 'kraken', {})
    await pricedBy('with kraken', Date.now())
  },
)

test('one exchange far off: its quote is rejected, the price stays', async () => {
  const before = await priceOf('BTC')
  await misbehave(stack.file, 'kraken', { marketFactor: 1.1 })
  const during = await pricedBy('without kraken', Date.now())
  expect(Math.abs(during.price / before.price - 1)).toBeLessThan(0.02)
})

test('all exchanges down: the last price grows old and says so; then prices come back', async () => {
  await misbehave(stack.file, 'all', { mode: 'down' })
  const sinceMs = Date.now()
  const stale = await until('a stale price', 45_000, async () => {
    const body = await priceOf('BTC')
    return body?.stale === true ? body : undefined
  })
  expect(stale.observed_at).toBeLessThan(sinceMs + 6_000)
  await misbehave(stack.file, 'all', {})
  await until('a fresh price', 60_000, async () =>
    (await priceOf('BTC'))?.stale === false ? true : undefined,
  )
})

test('Upstash down: prices come from the feeds, the status says degraded', async () => {
  await stack.stopPart('upstash')
  const body = await until('an answer without the cache', 15_000, async () => priceOf('BTC'))
  expect(body).toMatchObject({ symbol: 'BTC/USD', cache: { hit: false } })
  const status = await until('the outage to be told', 10_000, async () => {
    const told = await statusOf(stack.file)
    return told.stores.cache.ok ? undefined : told
  })
  expect(status.degraded).toBe(true)
  await stack.restart('upstash')
  await until('the cache to hit again', 30_000, async () => {
    const again = await priceOf('BTC')
    return again?.cache.hit === true ? again : undefined
  })
})

test('Postgres down for ten ticks and back: every accepted quote is stored, and no other', async () => {
  const completed = async (): Promise<number> => (await statusOf(stack.file)).ticks.completed
  await stack.stopPart('postgres')
  const before = await completed()
  await until('ten ticks without Postgres', 60_000, async () =>
    (await completed()) >= before + 10 ? true : undefined,
  )
  expect(await priceOf('BTC')).toMatchObject({ stale: false })
  const during = await statusOf(stack.file)
  expect(during.stores.history.ok).toBe(false)
  expect(during.ticks.recent.filter(({ kept }) => kept === 'spilled').length).toBeGreaterThan(8)
  await stack.restart('postgres')

  const ticks = during.ticks.recent.filter(({ state }) => state === 'completed')
  await until('all of them to be stored', 120_000, async () => {
    const stored = await Promise.all(ticks.map(storedOf))
    return stored.every((tick, i) => tick.accepted === ticks[i]?.accepted) ? true : undefined
  })
  for (const tick of ticks) {
    expect(await storedOf(tick)).toEqual({ accepted: tick.accepted, ids_sha256: tick.ids_sha256 })
  }
  expect((await statusOf(stack.file)).ticks.quotes_lost).toBe(0)
})

/** What is stored of a tick, in the words in which the tick told what it accepted. */
async function storedOf({ at }: TickStatus) {
  const rows = await rowsOf(stack.file, 'SELECT id FROM price_feeds WHERE tick_at = $1', [
    new Date(at),
  ])
  const ids = rows.map(({ id }) => String(id)).toSorted()
  const hash = createHash('sha256')
  for (const id of ids) hash.update(`${id}\n`)
  return { accepted: ids.length, ids_sha256: hash.digest('hex') }
}

test('a doubled cron changes nothing', async () => {
  const before = await statusOf(stack.file)
  const nowMs = Date.now()
  await Promise.all([stack.fireCron(nowMs), stack.fireCron(nowMs)])
  // An answer about the state serves everybody for two seconds.
  await until('the doubled ticks in the book', 5_000, async () => {
    const { ticks } = await statusOf(stack.file)
    return ticks.doubled > before.ticks.doubled ? ticks : undefined
  })
  const doubles = await rowsOf(
    stack.file,
    'SELECT symbol, source, tick_at FROM price_feeds GROUP BY 1, 2, 3 HAVING count(*) > 1',
  )
  expect(doubles).toEqual([])
})

test.each([
  { name: 'no key', init: { key: '' }, status: 401, code: 'key-missing' },
  { name: 'a wrong key', init: { key: 'chrono_wrong' }, status: 401, code: 'key-unknown' },
])('$name is refused', async ({ init, status, code }) => {
  const answer = await ask(stack.file, '/api/v1/price/BTC', init)
  expect(answer).toMatchObject({ status, body: { status, code } })
  expect(answer.headers.get('Content-Type')).toContain('application/problem+json')
})

test('an unknown symbol is not found', async () => {
  expect(await ask(stack.file, '/api/v1/price/NOPE', { key })).toMatchObject({
    status: 404,
    body: { code: 'feed-unknown' },
  })
})

test('a message that is not JSON is answered with an error, and the socket stays', async () => {
  const ear = await listen(stack.file, key)
  ear.say('hello?')
  ear.say({ action: 'ping' })
  // Every listener hears of submissions, whenever they are.
  const answers = () => ear.heard.filter(({ type }) => type !== 'ftso_submission')
  await until('both answers', 5_000, async () => (answers().length >= 2 ? true : undefined))
  expect(answers()).toMatchObject([
    { type: 'error', data: { code: 'message-malformed' } },
    { type: 'pong' },
  ])
  for (let i = 1; i < 10; i += 1) ear.say('{')
  expect(await ear.closed).toEqual({ code: 1008 })
  expect(ear.heard.at(-1)).toMatchObject({ type: 'closing' })
})

test('a socket without a key does not open', async () => {
  await expect(listen(stack.file, 'chrono_wrong')).rejects.toThrow()
})
