import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { listings, symbols } from '../../src/catalogue.ts'
import type { Region } from '../../src/exchanges/exchange.ts'
import { exchanges } from '../../src/exchanges/registry.ts'
import { planOf, vantages, vantagesOf } from '../../src/vantage.ts'

test('every source of the catalogue is asked from one place, and no place asks more than five', () => {
  const sources = vantages.flatMap((vantage) => vantage.sources)
  expect(sources.toSorted()).toEqual([...new Set(listings.map(({ source }) => source))].toSorted())
  for (const vantage of vantages) expect(vantage.sources.length).toBeLessThanOrEqual(5)
})

test('all of them live in no more objects than five venues each make necessary', () => {
  expect(vantages.length).toBeLessThanOrEqual(7)
})

test('the name of each place says its version and where it is', () => {
  expect(new Set(vantages.map(({ name }) => name)).size).toBe(vantages.length)
  for (const { name, locationHint } of vantages) {
    expect(name).toMatch(new RegExp(`^collector:v\\d+:${locationHint}:\\d+$`))
  }
})

test('each exchange is asked in its own home region, and has somebody in its fallback', () => {
  for (const { locationHint, sources, fallbacks } of vantages) {
    for (const source of sources) {
      const [home, fallback] = exchanges.get(source)?.regions ?? []
      expect([source, locationHint, fallbacks[source]?.locationHint]).toEqual([
        source,
        home,
        fallback,
      ])
    }
  }
})

test('all plans together ask every market of every listing once, so that every feed is informed', () => {
  const asked = vantages.flatMap((vantage) =>
    planOf(vantage, listings).flatMap(({ source, markets }) =>
      markets.map((market) => `${source} ${market}`),
    ),
  )
  expect(asked.toSorted()).toEqual(
    listings.map(({ source, market }) => `${source} ${market}`).toSorted(),
  )
  expect(new Set(listings.map(({ symbol }) => symbol)).size).toBe(symbols.length)
})

test('a source without listings is asked for nothing', () => {
  const [vantage] = vantages
  if (vantage === undefined) throw new Error('expected a vantage point')
  for (const { markets } of planOf(vantage, [])) expect(markets).toEqual([])
})

describe('grouping', () => {
  const region = fc.constantFrom<Region>('weur', 'apac', 'enam')
  const someExchanges = fc.uniqueArray(
    fc.record({ name: fc.string({ minLength: 1 }), regions: fc.tuple(region, region) }),
    { selector: ({ name }) => name, maxLength: 40 },
  )

  test('property: everyone is in one group of its home, groups are few and even', () => {
    fc.assert(
      fc.property(someExchanges, (all) => {
        const groups = vantagesOf(all)
        expect(groups.flatMap(({ sources }) => sources).toSorted()).toEqual(
          all.map(({ name }) => name).toSorted(),
        )
        for (const [home, inRegion] of Map.groupBy(groups, ({ locationHint }) => locationHint)) {
          const sizes = inRegion.map(({ sources }) => sources.length)
          const count = all.filter(({ regions }) => regions[0] === home).length
          expect(sizes).toHaveLength(Math.ceil(count / 5))
          expect(Math.max(...sizes)).toBeLessThanOrEqual(5)
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  test('property: no object is the fallback of two groups, nor anybody’s home', () => {
    fc.assert(
      fc.property(someExchanges, (all) => {
        const groups = vantagesOf(all)
        const homes = new Set(groups.map(({ name }) => name))
        const owners = new Map<string, string>()
        for (const { name, fallbacks } of groups) {
          for (const fallback of Object.values(fallbacks)) {
            expect(homes.has(fallback.name)).toBe(false)
            expect(owners.get(fallback.name) ?? name).toBe(name)
            owners.set(fallback.name, name)
          }
        }
      }),
    )
  })

  test('the order in which exchanges come does not matter', () => {
    fc.assert(
      fc.property(someExchanges, (all) => {
        expect(vantagesOf(all.toReversed())).toEqual(vantagesOf(all))
      }),
    )
  })
})

describe('sources that are listened to', () => {
  const live = new Set(['binance', 'bybit', 'coinbase', 'gate', 'kraken', 'okx'])
  const grouped = vantagesOf(exchanges.values(), live)

  test('have places of their own, so that a socket keeps no other source in memory', () => {
    for (const { name, sources } of grouped) {
      const listened = sources.filter((source) => live.has(source))
      expect(listened).toEqual(/:live-\d+$/.test(name) ? sources : [])
    }
    expect(grouped.flatMap(({ sources }) => sources).toSorted()).toEqual(
      [...exchanges.keys()].toSorted(),
    )
  })

  test('are three a place at most: a socket each, and a request each beside it, are six', () => {
    const places = grouped.filter(({ name }) => name.includes(':live-'))
    expect(places.map(({ name, sources }) => [name, sources])).toEqual([
      ['collector:v2:apac:live-0', ['bybit', 'gate', 'okx']],
      ['collector:v2:enam:live-0', ['coinbase']],
      ['collector:v2:weur:live-0', ['binance', 'kraken']],
    ])
  })

  test('are named in the plan, where there are any', () => {
    const plans = grouped.flatMap((vantage) => planOf(vantage, listings, live))
    const told = plans.filter(({ isLive }) => isLive).map(({ source }) => source)
    expect(told.toSorted()).toEqual([...live].toSorted())
  })

  test('none: the places are what they always were', () => {
    expect(vantagesOf(exchanges.values(), new Set())).toEqual(vantages)
  })
})
