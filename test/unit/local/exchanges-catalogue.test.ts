import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningExchanges, startExchanges } from '../../../local/exchanges.ts'
import { listings } from '../../../src/catalogue.ts'
import { ask } from '../../../src/exchanges/ask.ts'
import { exchanges as knownExchanges } from '../../../src/exchanges/registry.ts'

let running: RunningExchanges
beforeAll(async () => {
  running = await startExchanges({ port: 0 })
})
afterAll(() => running.stop())

test.each([...knownExchanges])(
  'the replay has every market that the catalogue names of %s, readable by its adapter',
  async (name, exchange) => {
    const markets = listings.filter(({ source }) => source === name).map(({ market }) => market)
    const asked = await ask(exchange, markets, {
      fetch: (url, init) => fetch(url, init),
      nowMs: () => Date.now(),
      timeoutMs: 5_000,
      baseUrl: running.baseUrls[name] ?? '',
    })

    expect(asked).not.toHaveProperty('failure')
    expect(asked.tickers.map(({ market }) => market).toSorted()).toEqual(markets.toSorted())
    expect(markets.length).toBeGreaterThan(0)
  },
)
