import { describe, expect, test } from 'vitest'
import {
  catalogue,
  type CatalogueFeed,
  catalogueProblems,
  catalogueSymbols,
  listings,
  symbols,
} from '../../src/catalogue.ts'
import type { Listing } from '../../src/core/normalise.ts'
import { exchanges } from '../../src/exchanges/registry.ts'
import { type FeedSymbol, feedSymbol } from '../../src/protocol/feed.ts'

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

  test('has at least thirty feeds that all three exchanges trade', () => {
    const whole = catalogue.filter((feed) => feed.listings.length === exchanges.size)
    expect(whole.length).toBeGreaterThanOrEqual(30)
  })

  test('lists its feeds in order, each once', () => {
    expect(symbols).toEqual(symbols.toSorted())
    expect(catalogueSymbols.size).toBe(symbols.length)
  })

  test('prices stablecoins in dollars and takes coinbase in dollars alone', () => {
    const usdt = listings.filter(({ symbol }) => symbol === 'USDT/USD')
    expect(usdt.map(({ quoteCurrency }) => quoteCurrency)).toEqual(['USD', 'USD'])
    const coinbase = listings.filter(({ source }) => source === 'coinbase')
    expect(coinbase.every(({ quoteCurrency }) => quoteCurrency === 'USD')).toBe(true)
  })

  test('knows what a market is quoted in by the end of its name', () => {
    const inUsdt = listings.filter(({ quoteCurrency }) => quoteCurrency === 'USDT')
    expect(new Set(inUsdt.map(({ source }) => source))).toEqual(new Set(['binance']))
    expect(listings).toContainEqual({
      symbol: 'USDC/USD',
      source: 'kraken',
      market: 'USDCUSD',
      quoteCurrency: 'USD',
    })
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
      name: 'a feed of one source',
      feeds: [aFeed({ listings: [aListing()] })],
      problem: /fewer than two/,
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
