import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { feedSymbol } from '../../src/protocol/feed.ts'
import {
  type PriceRecord,
  type StreamMessage,
  streamMessageSchema,
} from '../../src/protocol/wire.ts'
import { aUuid } from '../support/history.ts'
import { aPriceRecord } from '../support/price-records.ts'
import { aReport, aRound } from '../support/rounds.ts'

/** What the shards take for the time. */
const clock = { ms: 0 }

beforeEach(() => {
  clock.ms = t0
  vi.spyOn(Date, 'now').mockImplementation(() => clock.ms)
})

afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

const t0 = Date.UTC(2026, 10, 22, 10)
const btc = feedSymbol('BTC')
const eth = feedSymbol('ETH')

const shard = (name = 'stream:v1:0') => env.STREAM.getByName(name)

const tickMs = 30_000

function bitcoin(seq: number, timestamp = t0 + seq * tickMs): PriceRecord {
  return aPriceRecord({ symbol: btc, seq, price: 100 + seq, timestamp })
}

/** A tick that prices BTC and ETH, at its instant. */
async function tell(seq: number, at = shard()) {
  const timestamp = t0 + seq * tickMs
  clock.ms = timestamp
  return at.broadcast(timestamp, [bitcoin(seq), aPriceRecord({ symbol: eth, seq, timestamp })])
}

async function upgrade(headers: Readonly<Record<string, string>> = {}, at = shard()) {
  return at.fetch('https://stream.test/ws', { headers: { Upgrade: 'websocket', ...headers } })
}

/** A listener, what it hears, and how it was closed. */
async function join(at = shard(), headers: Readonly<Record<string, string>> = {}) {
  const { webSocket: socket } = await upgrade(headers, at)
  if (!socket) throw new Error('expected a socket')
  const heard: StreamMessage[] = []
  const closes: { readonly code: number; readonly reason: string }[] = []
  socket.addEventListener('message', ({ data }) => {
    heard.push(streamMessageSchema.parse(JSON.parse(String(data))))
  })
  socket.addEventListener('close', ({ code, reason }) => {
    closes.push({ code, reason })
  })
  socket.accept()
  const say = (message: unknown) => {
    socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }
  return { socket, heard, closes, say, lines: () => heard.map(lineOf) }
}

async function subscribed(symbols: readonly string[], at = shard()) {
  const listener = await join(at)
  listener.say({ action: 'subscribe', symbols })
  await expect.poll(() => listener.heard).toMatchObject([{ type: 'subscribed' }])
  listener.heard.length = 0
  return listener
}

function lineOf(message: StreamMessage): string {
  switch (message.type) {
    case 'price_update':
      return `${message.data.symbol} ${message.data.seq}`
    case 'ftso_submission':
      return `${message.data.epoch} ${message.data.kind} ${message.data.status}`
    case 'subscribed':
      return `subscribed ${message.data.symbols.join()}`
    case 'unsubscribed':
      return `unsubscribed, left ${message.data.symbols.join()}`
    case 'error':
    case 'closing':
      return `${message.type} ${message.data.code}`
    case 'pong':
      return 'pong'
  }
}

/** What was sent before this is heard before this: an answer that nothing overtakes. */
async function settled({ say, lines }: Awaited<ReturnType<typeof join>>) {
  say('{ "action": "ping" }')
  await expect.poll(lines).toContain('pong')
}

describe('the upgrade', () => {
  test.each([
    { name: 'alone', offered: 'chrono.v1' },
    { name: 'beside a key', offered: 'chrono.v1, chrono.key.c2VjcmV0' },
    { name: 'after a key', offered: 'chrono.key.c2VjcmV0,chrono.v1' },
  ])('echoes chrono.v1 and nothing else, offered $name', async ({ offered }) => {
    const { status, headers, webSocket } = await upgrade({ 'Sec-WebSocket-Protocol': offered })
    expect(status).toBe(101)
    expect(headers.get('Sec-WebSocket-Protocol')).toBe('chrono.v1')
    webSocket?.accept()
  })

  test.each([
    { name: 'nothing', offered: {} },
    { name: 'something else', offered: { 'Sec-WebSocket-Protocol': 'chrono.key.c2VjcmV0' } },
  ])('echoes nothing where $name is offered', async ({ offered }) => {
    const { status, headers, webSocket } = await upgrade(offered)
    expect(status).toBe(101)
    expect(headers.get('Sec-WebSocket-Protocol')).toBeNull()
    webSocket?.accept()
  })

  test('is all that is served', async () => {
    expect((await shard().fetch('https://stream.test/ws')).status).toBe(426)
    expect((await upgrade({ Upgrade: 'h2c' })).status).toBe(426)
  })
})

describe('a listener', () => {
  test('hears the latest price, then its symbols and no others', async () => {
    await tell(1)
    const listener = await join()
    listener.say({ action: 'subscribe', symbols: ['BTC'], client_id: 'desk 7' })
    await expect
      .poll(() => listener.heard)
      .toEqual([
        {
          type: 'subscribed',
          data: { client_id: 'desk 7', symbols: [btc], snapshot: [bitcoin(1)] },
        },
      ])
    expect(await tell(2)).toEqual({ listeners: 1 })
    await expect.poll(listener.lines).toEqual(['subscribed BTC/USD', 'BTC/USD 2'])
  })

  test('hears nothing before it asks, nor after it has enough', async () => {
    const silent = await join()
    const listener = await subscribed(['BTC', 'ETH'])
    listener.say({ action: 'unsubscribe', symbols: ['BTC'] })
    await expect.poll(listener.lines).toEqual(['unsubscribed, left ETH/USD'])
    expect(await tell(1)).toEqual({ listeners: 2 })
    await settled(listener)
    await settled(silent)
    expect(listener.lines()).toEqual(['unsubscribed, left ETH/USD', 'ETH/USD 1', 'pong'])
    expect(silent.lines()).toEqual(['pong'])
  })

  test('still hears after hibernation, and its wishes are known', async () => {
    await tell(1)
    const listener = await subscribed(['BTC'])
    await evictDurableObject(shard())
    expect(await tell(2)).toEqual({ listeners: 1 })
    await expect.poll(listener.lines).toEqual(['BTC/USD 2'])
    await evictDurableObject(shard())
    listener.say({ action: 'subscribe', symbols: ['ETH'] })
    await expect.poll(listener.lines).toEqual(['BTC/USD 2', 'subscribed BTC/USD,ETH/USD'])
  })

  test('hears a tick once, however often it is told, also after eviction', async () => {
    const listener = await subscribed(['BTC'])
    await tell(2)
    await tell(2)
    await tell(1)
    await evictDurableObject(shard())
    expect(await tell(2)).toEqual({ listeners: 1 })
    await tell(3)
    await expect.poll(listener.lines).toEqual(['BTC/USD 2', 'BTC/USD 3'])
  })

  test('that has left is not counted, and costs the others nothing', async () => {
    const leaving = await subscribed(['BTC'])
    const staying = await subscribed(['BTC'])
    leaving.socket.close(1000, 'enough')
    await expect.poll(() => leaving.closes).toEqual([{ code: 1000, reason: 'enough' }])
    expect(await tell(1)).toEqual({ listeners: 1 })
    await expect.poll(staying.lines).toEqual(['BTC/USD 1'])
    expect(leaving.heard).toEqual([])
  })

  test.each(['{"action":"ping"}', '{ "action" : "ping" }'])('is answered %s', async (ping) => {
    const listener = await join()
    listener.say(ping)
    await expect.poll(() => listener.heard).toEqual([{ type: 'pong' }])
  })
})

describe('resume', () => {
  test.each([
    { name: 'the shard that it knew', first: 'stream:v1:0' },
    { name: 'another shard', first: 'stream:v1:1' },
  ])('goes on where the listener stopped, at $name, also after eviction', async ({ first }) => {
    const before = await subscribed(['BTC'], shard(first))
    for (const name of ['stream:v1:0', 'stream:v1:1']) await tell(1, shard(name))
    await expect.poll(before.lines).toEqual(['BTC/USD 1'])
    before.socket.close(1000)
    for (const name of ['stream:v1:0', 'stream:v1:1']) {
      await tell(2, shard(name))
      await tell(3, shard(name))
    }

    await evictDurableObject(shard())
    const after = await join()
    after.say({ action: 'subscribe', symbols: ['BTC'], after_seq: { BTC: 1 } })
    await expect.poll(after.lines).toEqual(['subscribed BTC/USD', 'BTC/USD 2', 'BTC/USD 3'])
    expect(after.heard[0]).not.toHaveProperty('data.missed')
  })

  test('says what is no longer remembered: ticks of more than five minutes ago', async () => {
    for (let seq = 1; seq <= 12; seq += 1) await tell(seq)
    for (const afterEviction of [false, true]) {
      if (afterEviction) await evictDurableObject(shard())
      const late = await join()
      late.say({ action: 'subscribe', symbols: ['BTC'], after_seq: 0 })
      const early = await join()
      early.say({ action: 'subscribe', symbols: ['BTC'], after_seq: 1 })
      await expect.poll(() => late.heard[0]).toMatchObject({ data: { missed: [btc] } })
      await expect.poll(early.lines).toHaveLength(12)
      expect(early.heard[0]).not.toHaveProperty('data.missed')
    }
  })

  test('remembers as much as it says at the fastest cadence, and no more', async () => {
    await runInDurableObject(shard(), (object) => {
      for (let seq = 1; seq <= 400; seq += 1) {
        const atMs = t0 + seq * 2_000
        object.broadcast(atMs, [bitcoin(seq, atMs)])
      }
    })
    clock.ms = t0 + 400 * 2_000
    await evictDurableObject(shard())
    const listener = await join()
    listener.say({ action: 'subscribe', symbols: ['BTC'], after_seq: 249 })
    await expect.poll(() => listener.heard.length).toBe(1 + 151)
    expect(listener.heard[0]).not.toHaveProperty('data.missed')
    const rows = await runInDurableObject(shard(), (_, { storage }) =>
      storage.sql.exec('SELECT count(*) AS rows FROM tick').one(),
    )
    expect(rows).toEqual({ rows: 151 })
  })
})

describe('while exchanges are silent', () => {
  /** What one who subscribes after this long is answered. */
  async function subscribedAfter(ageMs: number) {
    await tell(1)
    clock.ms = t0 + tickMs + ageMs
    const listener = await join()
    listener.say({ action: 'subscribe', symbols: ['BTC'], after_seq: 0 })
    await expect.poll(() => listener.heard[0]).toMatchObject({ type: 'subscribed' })
    return listener
  }

  test('the last price is one as long as REST would say it', async () => {
    const listener = await subscribedAfter(300_000)
    await expect.poll(listener.lines).toEqual(['subscribed BTC/USD', 'BTC/USD 1'])
    expect(listener.heard[0]).toMatchObject({ data: { snapshot: [{ seq: 1 }] } })
  })

  test('and after that it is told to nobody', async () => {
    const listener = await subscribedAfter(300_001)
    await settled(listener)
    expect(listener.lines()).toEqual(['subscribed BTC/USD', 'pong'])
    expect(listener.heard[0]).toMatchObject({ data: { snapshot: [], missed: [btc] } })
  })
})

describe('how many may listen', () => {
  const limited = (limit: number) => ({ 'X-Chrono-Key-Id': 'a', 'X-Chrono-Key-Limit': `${limit}` })

  /** The door's answer where so many listen already, so many of them with this key. */
  async function doorAt(all: number, withKey: number, headers = limited(30)) {
    return runInDurableObject(shard(), async (object, state) => {
      const { 0: socket } = new WebSocketPair()
      const sockets = vi
        .spyOn(state, 'getWebSockets')
        .mockImplementation((tag) =>
          Array.from({ length: tag === undefined ? all : withKey }, () => socket),
        )
      const request = new Request('https://stream.test/ws', {
        headers: { Upgrade: 'websocket', ...headers },
      })
      const response = object.fetch(request)
      response.webSocket?.accept()
      sockets.mockRestore()
      return { status: response.status, retryAfter: response.headers.get('Retry-After') }
    })
  }

  test('a shard takes eight thousand, and sends the next one to come again', async () => {
    expect(await doorAt(7_999, 0)).toMatchObject({ status: 101 })
    expect(await doorAt(8_000, 0)).toEqual({ status: 503, retryAfter: '5' })
  })

  test.each([
    { name: 'fifty at least', most: 50, headers: limited(30) },
    { name: 'as many as it may make requests', most: 600, headers: limited(600) },
    { name: 'fifty where its limit is no number', most: 50, headers: limited(Number.NaN) },
    { name: 'fifty where it is not named', most: 50, headers: {} },
  ])('a key has $name', async ({ most, headers }) => {
    expect(await doorAt(most, most - 1, { ...limited(0), ...headers })).toMatchObject({
      status: 101,
    })
    expect(await doorAt(most, most, { ...limited(0), ...headers })).toEqual({
      status: 429,
      retryAfter: '60',
    })
  })

  test('those of one key are counted apart from those of another, and no more when they left', async () => {
    const statusOf = async (id: string) => {
      const { status, webSocket } = await upgrade({ 'X-Chrono-Key-Id': id })
      webSocket?.accept()
      return { status, webSocket }
    }
    const first = await statusOf('a')
    for (let i = 1; i < 50; i += 1) await statusOf('a')
    expect((await statusOf('a')).status).toBe(429)
    expect((await statusOf('b')).status).toBe(101)
    first.webSocket?.close(1000)
    await expect.poll(async () => (await statusOf('a')).status).toBe(101)
  })
})

describe('a key that is revoked', () => {
  test('ends its own streams, with a warning, also after an eviction', async () => {
    const mine = await join(shard(), { 'X-Chrono-Key-Id': 'mine' })
    const also = await join(shard(), { 'X-Chrono-Key-Id': 'mine' })
    const other = await join(shard(), { 'X-Chrono-Key-Id': 'other' })
    await evictDurableObject(shard())
    await shard().expel('mine')
    for (const { closes, lines } of [mine, also]) {
      await expect
        .poll(() => closes)
        .toEqual([{ code: 1008, reason: 'The key of this stream is revoked.' }])
      expect(lines()).toEqual(['closing key-revoked'])
    }
    await settled(other)
    expect(other.closes).toEqual([])
    expect(await tell(1)).toEqual({ listeners: 1 })
    // Asked again, as an administrator may, it finds nobody.
    await shard().expel('mine')
  })
})

describe('one who says very much', () => {
  const everything = { action: 'subscribe', symbols: ['BTC'], after_seq: 0 }

  test('is shown out with the 121st message of a minute, also over an eviction', async () => {
    const listener = await join()
    for (let i = 0; i < 119; i += 1) listener.say('{ "action": "ping" }')
    await expect.poll(() => listener.heard).toHaveLength(119)
    await evictDurableObject(shard())
    listener.say('{ "action": "ping" }')
    listener.say('{ "action": "ping" }')
    await expect
      .poll(() => listener.closes)
      .toEqual([{ code: 1008, reason: 'A listener may say 120 things a minute.' }])
    expect(listener.lines().slice(118)).toEqual(['pong', 'pong', 'closing too-many-messages'])
  })

  test('is told eight hundred remembered prices a minute, however often it asks', async () => {
    await runInDurableObject(shard(), (object) => {
      for (let seq = 1; seq <= 150; seq += 1) {
        object.broadcast(t0 + seq, [bitcoin(seq, t0 + seq)])
      }
    })
    const listener = await join()
    for (let i = 0; i < 40; i += 1) listener.say(everything)
    await expect.poll(() => listener.closes).toHaveLength(1)
    const told = listener.heard.map((message) =>
      message.type === 'subscribed'
        ? message.data.snapshot.length
        : Number(message.type === 'price_update'),
    )
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(800)
    expect(
      listener
        .lines()
        .filter((line) => !line.startsWith('BTC/USD'))
        .slice(-2),
    ).toEqual(['error too-many-prices', 'closing too-many-errors'])
  })
})

test('what a socket says of its listener is read once, and again after hibernation', async () => {
  await Promise.all(Array.from({ length: 3 }, async () => subscribed(['BTC'])))
  const readsOf = async (seq: number) =>
    runInDurableObject(shard(), (object, state) => {
      const reads = state.getWebSockets().map((socket) => vi.spyOn(socket, 'deserializeAttachment'))
      object.broadcast(t0 + seq, [bitcoin(seq)])
      const count = reads.reduce((sum, read) => sum + read.mock.calls.length, 0)
      for (const read of reads) read.mockRestore()
      return count
    })
  expect(await readsOf(1)).toBe(0)
  await evictDurableObject(shard())
  expect(await readsOf(2)).toBe(3)
  expect(await readsOf(3)).toBe(0)
})

describe('what makes no sense', () => {
  test('is answered with an error, and what was heard is heard on', async () => {
    const listener = await subscribed(['BTC'])
    listener.say('not json')
    listener.say({ action: 'subscribe', symbols: ['DOGECOIN2'] })
    listener.socket.send(new Uint8Array([1, 2, 3]))
    await expect
      .poll(listener.lines)
      .toEqual(['error message-malformed', 'error feed-unknown', 'error message-malformed'])
    expect(listener.closes).toEqual([])
    await tell(1)
    await expect.poll(listener.lines).toContain('BTC/USD 1')
  })

  test('ten times shows the listener out, with a warning, also over an eviction', async () => {
    const listener = await subscribed(['BTC'])
    for (let i = 0; i < 9; i += 1) listener.say('not json')
    await expect.poll(() => listener.heard).toHaveLength(9)
    expect(listener.closes).toEqual([])

    await evictDurableObject(shard())
    // The last two are on their way when the door closes.
    for (let i = 0; i < 3; i += 1) listener.say('not json')
    await expect
      .poll(() => listener.closes)
      .toEqual([{ code: 1008, reason: '10 messages made no sense.' }])
    expect(listener.lines().slice(9)).toEqual([
      'error message-malformed',
      'closing too-many-errors',
    ])
    expect(await tell(1)).toEqual({ listeners: 0 })
  })
})

test('what a listener still says after it was shown out is not looked at', async () => {
  await runInDurableObject(shard(), (object) => {
    const { 0: client, 1: server } = new WebSocketPair()
    client.accept()
    server.accept()
    server.close(1008)
    const read = vi.spyOn(server, 'deserializeAttachment')
    object.webSocketMessage(server, '{"action":"subscribe","symbols":["BTC"]}')
    expect(read).not.toHaveBeenCalled()
  })
})

describe('a close', () => {
  /** What the object does to a socket that was closed with this code. */
  async function answersOf(code: number) {
    return runInDurableObject(shard(), (object) => {
      const { 0: client, 1: server } = new WebSocketPair()
      client.accept()
      server.accept()
      const close = vi.spyOn(server, 'close')
      object.webSocketClose(server, code, 'bye')
      return close.mock.calls
    })
  }

  test.each([1000, 1001, 1011, 4000])('with code %i is answered in kind', async (code) => {
    expect(await answersOf(code)).toEqual([[code, 'bye']])
  })

  test.each([1004, 1005, 1006, 1015])(
    'with code %i, that nobody may send, is not',
    async (code) => {
      expect(await answersOf(code)).toEqual([])
    },
  )

  test('without a code leaves the shard as it was', async () => {
    const leaving = await subscribed(['BTC'])
    leaving.socket.close()
    const staying = await subscribed(['BTC'])
    await tell(1)
    await expect.poll(staying.lines).toEqual(['BTC/USD 1'])
  })
})

test('a socket that cannot be sent to costs only itself', async () => {
  const listeners = await Promise.all(Array.from({ length: 3 }, async () => subscribed(['BTC'])))
  await runInDurableObject(shard(), (object, state) => {
    const [first] = state.getWebSockets()
    if (!first) throw new Error('expected a socket')
    vi.spyOn(first, 'send').mockImplementation(() => {
      throw new TypeError('gone')
    })
    object.broadcast(t0, [bitcoin(1)])
  })
  await expect.poll(() => listeners.flatMap(({ lines }) => lines())).toHaveLength(2)
})

describe('what became of a call on chain', () => {
  const sent = aReport({ id: aUuid(1), status: 'sent' })
  const confirmed = aReport({ id: aUuid(2) })

  test('is heard by everyone, whatever they listen to, also after hibernation', async () => {
    const nobodys = await join()
    const bitcoins = await subscribed(['BTC'])
    await evictDurableObject(shard())
    await shard().announce([sent])
    await expect.poll(nobodys.lines).toEqual([`${aRound} submit1 sent`])
    await expect.poll(bitcoins.lines).toEqual([`${aRound} submit1 sent`])
  })

  test('is told once, though it is reported again over an eviction', async () => {
    const listener = await join()
    await shard().announce([sent])
    await evictDurableObject(shard())
    await shard().announce([sent, confirmed])
    await shard().announce([confirmed])
    await settled(listener)
    expect(listener.lines()).toEqual([
      `${aRound} submit1 sent`,
      `${aRound} submit1 confirmed`,
      'pong',
    ])
  })
})
