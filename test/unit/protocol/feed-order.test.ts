import fc from 'fast-check'
import { bytesToHex, concatHex, type Hex } from 'viem'
import { describe, expect, test } from 'vitest'
import { feedId, feedSymbol } from '../../../src/protocol/feed.ts'
import {
  canonicalFeedOrder,
  type CommunityOffer,
  feedsOfOffer,
  type OfferFeeds,
} from '../../../src/protocol/feed-order.ts'

function idOf(base: string): Hex {
  return feedId({ symbol: feedSymbol(base), category: 1 })
}

/** An inflation offer of feeds, each written as its base and its decimals. */
function inflationOf(...feeds: readonly (readonly [base: string, decimals: number])[]): OfferFeeds {
  return {
    feedIds: concatHex(feeds.map(([base]) => idOf(base))),
    decimals: bytesToHex(Uint8Array.from(feeds, ([, decimals]) => decimals & 0xff)),
  }
}

/** A community's offer: 100 for BTC/USD at 2 decimals. */
function anOffer(differing: Partial<CommunityOffer> = {}): CommunityOffer {
  return { feedId: idOf('BTC'), decimals: 2, amount: 100n, ...differing }
}

function orderOf(offers: Parameters<typeof canonicalFeedOrder>[0]): readonly Hex[] {
  return canonicalFeedOrder(offers).map(({ id }) => id)
}

describe('feedsOfOffer', () => {
  test('reads 21 bytes and one signed byte for each feed', () => {
    expect(
      feedsOfOffer(
        concatHex([
          '0x01', // category: crypto
          '0x464c522f55534400000000000000000000000000', // FLR/USD
          '0x02', // category: forex
          '0x4555522f55534400000000000000000000000000', // EUR/USD
        ]),
        '0x06fe', // 6 and -2
      ),
    ).toEqual([
      { id: '0x01464c522f55534400000000000000000000000000', decimals: 6 },
      { id: '0x024555522f55534400000000000000000000000000', decimals: -2 },
    ])
  })

  test('reads the largest and the smallest decimals of a signed byte', () => {
    const ids = concatHex([idOf('A'), idOf('B')])
    expect(feedsOfOffer(ids, '0x7f80').map(({ decimals }) => decimals)).toEqual([127, -128])
  })

  test('an offer may name no feed', () => {
    expect(feedsOfOffer('0x', '0x')).toEqual([])
  })

  test.each<{ why: string; ids: Hex; decimals: Hex }>([
    { why: 'more decimals than feeds', ids: idOf('A'), decimals: '0x0202' },
    { why: 'fewer decimals than feeds', ids: concatHex([idOf('A'), idOf('B')]), decimals: '0x02' },
    { why: 'an id of 20 bytes', ids: `0x${'01'.repeat(20)}`, decimals: '0x02' },
    { why: 'half a byte', ids: `0x${'01'.repeat(20)}0`, decimals: '0x02' },
  ])('refuses $why', ({ ids, decimals }) => {
    expect(() => feedsOfOffer(ids, decimals)).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'malformed-payload' }),
    )
  })
})

describe('canonicalFeedOrder', () => {
  test('without offers there is no feed', () => {
    expect(canonicalFeedOrder({ inflation: [], community: [] })).toEqual([])
  })

  test('feeds with inflation stand by id, whatever the order of their offers', () => {
    expect(
      canonicalFeedOrder({
        inflation: [inflationOf(['XRP', 5], ['BTC', 2]), inflationOf(['FLR', 6])],
        community: [],
      }),
    ).toEqual([
      { id: idOf('BTC'), decimals: 2 },
      { id: idOf('FLR'), decimals: 6 },
      { id: idOf('XRP'), decimals: 5 },
    ])
  })

  test('the category is the first byte of the id, so forex stands behind all crypto', () => {
    const euro = feedId({ symbol: feedSymbol('EUR'), category: 2 })
    const inflation = [{ feedIds: concatHex([euro, idOf('ZZZ')]), decimals: '0x0502' as const }]
    expect(orderOf({ inflation, community: [] })).toEqual([idOf('ZZZ'), euro])
  })

  test('GRAM stands where TON does not: between FLR and HBAR', () => {
    const inflation = [inflationOf(['HBAR', 5], ['GRAM', 5], ['FLR', 6])]
    expect(orderOf({ inflation, community: [] })).toEqual(['FLR', 'GRAM', 'HBAR'].map(idOf))
  })

  test('feeds of the community alone stand behind, the largest offer first', () => {
    expect(
      orderOf({
        inflation: [inflationOf(['XRP', 5])],
        community: [
          anOffer({ feedId: idOf('AAA'), amount: 5n }),
          anOffer({ feedId: idOf('BBB'), amount: 7n }),
        ],
      }),
    ).toEqual([idOf('XRP'), idOf('BBB'), idOf('AAA')])
  })

  test('equal offers stand by id', () => {
    const community = ['BBB', 'AAA', 'CCC'].map((base) => anOffer({ feedId: idOf(base) }))
    expect(orderOf({ inflation: [], community })).toEqual(['AAA', 'BBB', 'CCC'].map(idOf))
  })

  test('amounts of one wei’s difference at a size that no number can hold are told apart', () => {
    const community = [
      anOffer({ feedId: idOf('AAA'), amount: 10n ** 27n }),
      anOffer({ feedId: idOf('BBB'), amount: 10n ** 27n + 1n }),
    ]
    expect(orderOf({ inflation: [], community })).toEqual([idOf('BBB'), idOf('AAA')])
  })

  test('several offers for one feed count together', () => {
    const community = [
      anOffer({ feedId: idOf('AAA'), amount: 60n }),
      anOffer({ feedId: idOf('BBB'), amount: 100n }),
      anOffer({ feedId: idOf('AAA'), amount: 60n }),
    ]
    expect(orderOf({ inflation: [], community })).toEqual([idOf('AAA'), idOf('BBB')])
  })

  test('an offer of the community moves no feed that has inflation', () => {
    expect(
      orderOf({
        inflation: [inflationOf(['BTC', 2], ['XRP', 5])],
        community: [anOffer({ feedId: idOf('BTC'), amount: 10n ** 30n })],
      }),
    ).toEqual([idOf('BTC'), idOf('XRP')])
  })

  test('a feed of several inflation offers stands once', () => {
    const inflation = [inflationOf(['BTC', 2]), inflationOf(['BTC', 2], ['ADA', 5])]
    expect(orderOf({ inflation, community: [] })).toEqual([idOf('ADA'), idOf('BTC')])
  })

  test('capital digits of an id make no second feed', () => {
    const loud: Hex = `0x${idOf('JOULE').slice(2).toUpperCase()}`
    expect(
      canonicalFeedOrder({
        inflation: [],
        community: [anOffer({ feedId: loud }), anOffer({ feedId: idOf('JOULE') })],
      }),
    ).toEqual([{ id: idOf('JOULE'), decimals: 2 }])
  })

  // A rule of the reference until FIP.16; its test "gating" keeps the case (FTSO-Scaling, 2026).
  test('before FIP.16 a repeated offer doubles what stood there, since then it does not', () => {
    const offers = {
      inflation: [],
      community: [
        anOffer({ feedId: idOf('AAA'), amount: 30n }),
        anOffer({ feedId: idOf('AAA'), amount: 30n }),
        anOffer({ feedId: idOf('BBB'), amount: 75n }),
      ],
    }
    const [repeated, single] = [idOf('AAA'), idOf('BBB')]
    expect(orderOf({ ...offers, beforeFip16: true })).toEqual([repeated, single]) // 90 and 75
    expect(orderOf({ ...offers, beforeFip16: false })).toEqual([single, repeated]) // 60 and 75
    expect(orderOf(offers)).toEqual([single, repeated])
  })

  test.each([
    { why: 'two inflation offers', inflation: [inflationOf(['BTC', 2]), inflationOf(['BTC', 3])] },
    { why: 'one inflation offer', inflation: [inflationOf(['BTC', 2], ['BTC', 3])] },
    {
      why: 'inflation and community',
      inflation: [inflationOf(['BTC', 3])],
      community: [anOffer()],
    },
    {
      why: 'two offers of the community',
      inflation: [],
      community: [anOffer(), anOffer({ decimals: 3 })],
    },
  ])('decimals that differ between $why are fatal', ({ inflation, community = [] }) => {
    expect(() => canonicalFeedOrder({ inflation, community })).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'decimals-conflicting' }),
    )
  })

  test('refuses an id of the community that is not 21 bytes', () => {
    expect(() =>
      canonicalFeedOrder({ inflation: [], community: [anOffer({ feedId: '0x0142' })] }),
    ).toThrow(expect.objectContaining({ name: 'ProtocolError', code: 'malformed-payload' }))
  })

  test('property: the order of the offers does not matter, and every feed stands once', () => {
    const base = fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F', 'G', 'H')
    const offers = fc.array(fc.record({ base, inflation: fc.boolean(), amount: fc.nat(50) }), {
      maxLength: 30,
    })
    fc.assert(
      fc.property(offers, fc.infiniteStream(fc.nat()), (list, seeds) => {
        const shuffled = list
          .map((offer) => ({ offer, at: seeds.next().value ?? 0 }))
          .toSorted((one, other) => one.at - other.at)
          .map(({ offer }) => offer)
        const [straight, mixed] = [list, shuffled].map((each) =>
          canonicalFeedOrder({
            inflation: each.filter((o) => o.inflation).map((o) => inflationOf([o.base, 2])),
            community: each
              .filter((o) => !o.inflation)
              .map((o) => anOffer({ feedId: idOf(o.base), amount: BigInt(o.amount) })),
          }),
        )
        expect(mixed).toEqual(straight)
        expect(straight?.map(({ id }) => id).toSorted()).toEqual(
          [...new Set(list.map((o) => idOf(o.base)))].toSorted(),
        )
      }),
    )
  })
})
