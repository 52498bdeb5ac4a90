import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningExchanges, startExchanges } from '../../../local/exchanges.ts'
import { listings } from '../../../src/catalogue.ts'
import { exchanges as knownExchanges } from '../../../src/exchanges/registry.ts'

let running: RunningExchanges
beforeAll(async () => {
  running = await startExchanges({ port: 0 })
})
afterAll(() => running.stop())

test.each([...knownExchanges.keys()])(
  'the replay has every market that the catalogue names of %s, readable by its adapter',
  async (name) => {
    const exchange = knownExchanges.get(name)
    const markets = listings.filter(({ source }) => source === name).map(({ market }) => market)
    const { path, headers } = exchange?.request(markets) ?? { path: '/' }
    const response = await fetch(`${running.baseUrls[name]}${path}`, headers && { headers })
    const tickers = exchange?.tickers(await response.json(), { markets, receivedAtMs: Date.now() })

    expect(tickers?.map(({ market }) => market).toSorted()).toEqual(markets.toSorted())
    expect(markets.length).toBeGreaterThan(0)
  },
)
