import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  catalogue,
  type CatalogueFeed,
  catalogueOf,
  catalogueSymbols,
  listings,
  symbols,
} from '../../src/catalogue.ts'
import { groupOf, independentCount } from '../../src/catalogue/independence.ts'
import { catalogueProblems, independentSources, thinFeeds } from '../../src/catalogue/problems.ts'
import type { Listing } from '../../src/core/listing.ts'
import { exchanges } from '../../src/exchanges/registry.ts'
import { type FeedSymbol, feedSymbol } from '../../src/protocol/feed.ts'
import { medianOf, sourcesPage } from '../../tools/sources-table.ts'

const known = new Set(exchanges.keys())
const btc = feedSymbol('BTC')

function aListing(differing: Partial<Listing> = {}): Listing {
  return { symbol: btc, source: 'kraken', market: 'XBTUSD', quoteCurrency: 'USD', ...differing }
}

const binance = aListing({ source: 'binance', market: 'BTCUSDT', quoteCurrency: 'USDT' })

function aFeed(differing: Partial<CatalogueFeed> = {}): CatalogueFeed {
  return {
    symbol: btc,
    category: 1,
    decimals: 2,
    listings: [aListing(), binance],
    ...differing,
  }
}

describe('the catalogue', () => {
  test('has nothing wrong with it', () => {
    expect(catalogueProblems(catalogue, known)).toEqual([])
  })

  test('has the 63 feeds of Flare in order, by the names of late 2026', () => {
    expect(symbols).toHaveLength(63)
    expect(symbols).toEqual(symbols.toSorted())
    expect(catalogueSymbols.size).toBe(symbols.length)
    for (const name of ['POL', 'S', 'USDS', 'GRAM']) expect(symbols).toContain(`${name}/USD`)
    for (const name of ['MATIC', 'FTM', 'DAI', 'TON']) expect(symbols).not.toContain(`${name}/USD`)
  })

  test('uses every exchange that can be asked', () => {
    expect(new Set(listings.map(({ source }) => source))).toEqual(known)
  })

  test('has nine independent sources a feed or more, by their median', () => {
    const counts = catalogue.map((feed) => independentSources(feed.listings))
    expect(medianOf(counts)).toBeGreaterThanOrEqual(9)
  })

  test('names the thin ones: those that only one or two independent sources trade', () => {
    expect(thinFeeds(catalogue)).toEqual([
      { symbol: 'SGB/USD', independent: 2 },
      { symbol: 'USDX/USD', independent: 1 },
    ])
  })

  test('prices USDT in true dollars alone, at seven independent venues', () => {
    const usdt = listings.filter(({ symbol }) => symbol === 'USDT/USD')
    expect(new Set(usdt.map(({ quoteCurrency }) => quoteCurrency))).toEqual(new Set(['USD']))
    expect(independentSources(usdt)).toBe(7)
  })

  test('takes coinbase in dollars alone: its books in USDC are the same', () => {
    const coinbase = listings.filter(({ source }) => source.startsWith('coinbase'))
    expect(new Set(coinbase.map(({ quoteCurrency }) => quoteCurrency))).toEqual(new Set(['USD']))
  })

  test.each([
    ['kraken', 'BTC', 'XBTUSD', 'USD'],
    ['kraken', 'DOGE', 'XDGUSD', 'USD'],
    ['kraken', 'USDC', 'USDCUSD', 'USD'],
    ['coinbase', 'BTC', 'BTC-USD', 'USD'],
    ['bitstamp', 'USDT', 'USDT/USD', 'USD'],
    ['bitfinex', 'USDT', 'tUSTUSD', 'USD'],
    ['bitfinex', 'AVAX', 'tAVAX:USD', 'USD'],
    ['bitfinex', 'ATOM', 'tATOUSD', 'USD'],
    ['crypto.com', 'BTC', 'BTC_USD', 'USD'],
    ['binanceus', 'BTC', 'BTCUSDT', 'USDT'],
    ['binanceus', 'USDT', 'USDTUSD', 'USD'],
    ['upbit', 'BTC', 'USDT-BTC', 'USDT'],
    ['htx', 'BTC', 'btcusdt', 'USDT'],
    ['digifinex', 'BTC', 'btc_usdt', 'USDT'],
    ['hyperliquid', 'BTC', 'BTC/USDC', 'USDC'],
    ['okx', 'USDS', 'DAI-USDT', 'USDT'],
    ['mexc', 'GRAM', 'GRAMUSDT', 'USDT'],
  ] as const)('%s trades %s as %s', (source, base, market, quoteCurrency) => {
    expect(listings).toContainEqual({ symbol: feedSymbol(base), source, market, quoteCurrency })
  })

  test('does not take one coin for another: Upbit’s TON is not GRAM', () => {
    const upbit = listings.filter(({ source }) => source === 'upbit')
    expect(upbit.map(({ symbol }) => symbol)).not.toContain('GRAM/USD')
    expect(upbit.map(({ market }) => market)).not.toContain('USDT-TON')
  })

  test('is what docs/sources.md says it is', () => {
    const page = readFileSync(new URL('../../docs/sources.md', import.meta.url), 'utf8')
    expect(page).toBe(sourcesPage())
  })
})

test('a table that names a base which is no feed does not go unnoticed', () => {
  const venue = { source: 'x', nameOf: (base: string) => base, bases: { USD: 'BTC LUNA' } }
  expect(() => catalogueOf([['BTC', 2]], [venue])).toThrow(/x names LUNA/)
})

describe('independence', () => {
  test('venues that show one book have one vote', () => {
    expect(groupOf('mexc')).toBe(groupOf('binance'))
    expect(groupOf('coinbase-exchange')).toBe(groupOf('coinbase'))
    expect(groupOf('kraken')).toBe('kraken')
    expect(independentCount(['binance', 'mexc', 'bitrue', 'digifinex', 'kraken'])).toBe(2)
    expect(independentCount([])).toBe(0)
  })

  test.each([
    { sources: ['kraken', 'okx', 'mexc'], isThin: false },
    { sources: ['kraken', 'binance', 'mexc'], isThin: true },
  ])('a feed of $sources is thin: $isThin', ({ sources, isThin }) => {
    const feed = aFeed({ listings: sources.map((source) => aListing({ source })) })
    expect(thinFeeds([feed])).toHaveLength(isThin ? 1 : 0)
  })
})

describe('catalogueProblems', () => {
  test('finds none in an ordinary catalogue', () => {
    expect(catalogueProblems([aFeed()], known)).toEqual([])
  })

  // What no type would let through is the very thing that the check is for.
  const malformed = 'btc-usd' as FeedSymbol
  const usdt = feedSymbol('USDT')
  const ether = feedSymbol('ETH')

  test.each<{ name: string; feeds: CatalogueFeed[]; problem: RegExp }>([
    {
      name: 'an exchange that cannot be asked',
      feeds: [aFeed({ listings: [aListing(), aListing({ source: 'mtgox', market: 'X' })] })],
      problem: /mtgox/,
    },
    {
      name: 'a market that informs two feeds',
      feeds: [
        aFeed(),
        aFeed({
          symbol: ether,
          listings: [
            aListing({ symbol: ether }),
            aListing({ symbol: ether, source: 'binance', market: 'ETHUSDT' }),
          ],
        }),
      ],
      problem: /XBTUSD of kraken/,
    },
    {
      name: 'a feed that is there twice',
      feeds: [
        aFeed(),
        aFeed({ listings: [aListing({ market: 'a' }), { ...binance, market: 'b' }] }),
      ],
      problem: /BTC\/USD is there twice/,
    },
    {
      name: 'a feed without a source',
      feeds: [aFeed({ listings: [] })],
      problem: /no source at all/,
    },
    {
      name: 'a source with two votes',
      feeds: [aFeed({ listings: [aListing(), binance, aListing({ market: 'XBTUSDT' })] })],
      problem: /two votes of kraken/,
    },
    {
      name: 'a symbol that is none',
      feeds: [
        aFeed({
          symbol: malformed,
          listings: [aListing({ symbol: malformed }), { ...binance, symbol: malformed }],
        }),
      ],
      problem: /no symbol/,
    },
    {
      name: 'a listing of another feed',
      feeds: [aFeed({ listings: [aListing(), { ...binance, symbol: ether }] })],
      problem: /another feed/,
    },
    {
      name: 'a stablecoin priced in itself',
      feeds: [
        aFeed({
          symbol: usdt,
          listings: [
            aListing({ symbol: usdt, market: 'USDTUSD' }),
            { ...binance, symbol: usdt, market: 'XUSDT' },
          ],
        }),
      ],
      problem: /in itself/,
    },
  ])('finds $name, and nothing else', ({ feeds, problem }) => {
    expect(catalogueProblems(feeds, known)).toEqual([expect.stringMatching(problem)])
  })
})
