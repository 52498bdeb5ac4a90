import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { liveVenueNames } from '../../../local/exchanges/live-server.ts'
import { type RunningExchanges, startExchanges } from '../../../local/exchanges.ts'
import { listings } from '../../../src/catalogue.ts'
import type { Ticker } from '../../../src/core/quote.ts'
import { ask } from '../../../src/exchanges/ask.ts'
import { messageOf } from '../../../src/exchanges/live/message.ts'
import { liveExchanges } from '../../../src/exchanges/live/registry.ts'
import { exchanges as overRest } from '../../../src/exchanges/registry.ts'

/** The clock of the tape stands, so that both sides speak of one instant. */
const nowMs = Date.UTC(2026, 10, 22, 10, 30, 0, 500)

let exchanges: RunningExchanges
beforeAll(async () => {
  exchanges = await startExchanges({ port: 0, now: () => nowMs, liveBeatMs: 50 })
})
afterAll(() => exchanges.stop())

/** What a socket tells of every market of the catalogue, by its description. */
async function told(name: string, markets: readonly string[]): Promise<Map<string, Ticker>> {
  const exchange = liveExchanges.get(name)
  if (exchange === undefined) throw new Error(`Nobody listens to ${name}.`)
  const marketOf = new Map(markets.map((market) => [exchange.nameOf(market), market]))
  const tickers = new Map<string, Ticker>()
  const socket = new WebSocket(exchanges.liveUrls[name] ?? '')
  const isWhole = Promise.withResolvers<void>()
  socket.on('error', isWhole.reject)
  socket.on('message', (data) => {
    const text = Buffer.isBuffer(data) ? data.toString() : undefined
    const heard = exchange.read(messageOf(text), { marketOf, receivedAtMs: nowMs })
    if (heard.kind === 'refused') isWhole.reject(new Error(heard.message))
    for (const ticker of heard.kind === 'tickers' ? heard.tickers : []) {
      tickers.set(ticker.market, ticker)
    }
    if (tickers.size === markets.length) isWhole.resolve()
  })
  socket.on('open', () => {
    const names = [...marketOf.keys()]
    for (let id = 1; names.length > 0; id += 1) {
      socket.send(exchange.subscribe(names.splice(0, exchange.maxMarkets), { id, nowMs }))
    }
  })
  await isWhole.promise
  socket.terminate()
  return tickers
}

function expectSame(live: Ticker | undefined, { last, bid = 0, volume = 1 }: Ticker): void {
  if (live === undefined) throw new Error('expected a ticker')
  expect(live.last).toBe(last)
  // Printed to other decimals.
  expect((live.volume ?? 0) / volume).toBeCloseTo(1, 6)
  // Where both sides tell of the book, it is the same one.
  if (bid > 0 && live.bid !== undefined) expect(live.bid).toBe(bid)
}

test('the venues that push are those that can be listened to', () => {
  expect(liveVenueNames.toSorted()).toEqual([...liveExchanges.keys()].toSorted())
})

test.each([...liveExchanges.keys()])(
  '%s pushes every market of the catalogue, at the prices of its REST side',
  async (name) => {
    const markets = listings.filter(({ source }) => source === name).map(({ market }) => market)
    const exchange = overRest.get(name)
    const baseUrl = exchanges.baseUrls[name]
    if (exchange === undefined || baseUrl === undefined) throw new Error(`No ${name}.`)
    const { tickers } = await ask(exchange, markets, {
      fetch: (url, init) => fetch(url, init),
      nowMs: () => nowMs,
      baseUrl,
      timeoutMs: 10_000,
    })
    const pushed = await told(name, markets)
    expect(tickers).toHaveLength(markets.length)
    for (const ticker of tickers) expectSame(pushed.get(ticker.market), ticker)
  },
)

test.each(['/nobody/live', '/kraken', '/kraken/live/x', '/bitstamp/live'])(
  'there is no socket at %s',
  async (path) => {
    const socket = new WebSocket(`ws://127.0.0.1:${exchanges.port}${path}`)
    const ended = Promise.withResolvers<string>()
    socket.on('error', (error) => ended.resolve(error.message))
    socket.on('open', () => ended.resolve('opened'))
    expect(await ended.promise).not.toBe('opened')
  },
)
