import { expect, test } from 'vitest'
import { listings, symbols } from '../../src/catalogue.ts'
import { planOf, vantages } from '../../src/vantage.ts'

test('every source of the catalogue is asked from one place, and no place asks more than five', () => {
  const sources = vantages.flatMap((vantage) => vantage.sources)
  expect(sources.toSorted()).toEqual([...new Set(listings.map(({ source }) => source))].toSorted())
  for (const vantage of vantages) expect(vantage.sources.length).toBeLessThanOrEqual(5)
})

test('the name of each place says its version and where it is', () => {
  expect(new Set(vantages.map(({ name }) => name)).size).toBe(vantages.length)
  for (const { name, locationHint } of vantages) {
    expect(name).toMatch(new RegExp(`^collector:v\\d+:${locationHint}:\\d+$`))
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
