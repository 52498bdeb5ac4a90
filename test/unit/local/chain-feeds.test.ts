import { expect, test } from 'vitest'
import { inflationOffers, offeredFeeds } from '../../../local/chain/feeds.ts'
import { catalogue } from '../../../src/catalogue.ts'
import { canonicalFeedOrder, feedsOfOffer } from '../../../src/protocol/feed-order.ts'
import { baseOf, feedId, feedSymbol } from '../../../src/protocol/feed.ts'

const idOf = (base: string) => feedId({ symbol: feedSymbol(base), category: 1 })

test("the offers hold Flare's 63 feeds, in the order that the chain's readers derive", () => {
  const order = canonicalFeedOrder({ inflation: inflationOffers(), community: [] })
  expect(order).toHaveLength(63)
  expect(order).toEqual(offeredFeeds.map(({ base, decimals }) => ({ id: idOf(base), decimals })))
})

test('the order is not that of the events, so that a reader who does not sort goes wrong', () => {
  const inEvents = inflationOffers().flatMap(({ feedIds, decimals }) =>
    feedsOfOffer(feedIds, decimals),
  )
  expect(inEvents.map(({ id }) => id)).not.toEqual(offeredFeeds.map(({ base }) => idOf(base)))
})

test('GRAM stands between FLR and HBAR, and TON nowhere', () => {
  const bases = offeredFeeds.map(({ base }) => base)
  expect(bases.slice(20, 23)).toEqual(['FLR', 'GRAM', 'HBAR'])
  expect(bases).not.toContain('TON')
})

test('every feed that we price is offered, with the same decimals', () => {
  const offered = new Map(offeredFeeds.map(({ base, decimals }) => [base, decimals]))
  for (const { symbol, decimals } of catalogue) {
    expect([symbol, offered.get(baseOf(symbol))]).toEqual([symbol, decimals])
  }
})

test('each offer has an id, a decimal and a width for each of its feeds', () => {
  for (const { feedIds, decimals, secondaryBandWidthPPMs } of inflationOffers()) {
    const feeds = (decimals.length - 2) / 2
    expect((feedIds.length - 2) / 42).toBe(feeds)
    expect((secondaryBandWidthPPMs.length - 2) / 6).toBe(feeds)
  }
})
