import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exchangeVolumes } from '../../../src/api/exchange-volumes.ts'
import { feedVolumesResponseSchema } from '../../../src/protocol/value-provider-wire.ts'
import { btc, eth } from '../../support/api.ts'
import { aProvenance } from '../../support/provenances.ts'
import { aProviderApi, inRoundMs, post, threeFeeds } from '../../support/value-provider.ts'

/** Two sources that agreed: 5 units in a day at 100 dollars. A third one strayed. */
const vote = aProvenance({ timestamp: inRoundMs - 1_000 })

function aHouseWithVolumes() {
  const under = aProviderApi()
  under.world.provenances.set(btc, vote)
  return under
}

async function volumesOf(response: Promise<Response>) {
  const answer = await response
  expect(answer.status).toBe(201)
  return feedVolumesResponseSchema.parse(await answer.json()).data
}

describe('exchangeVolumes', () => {
  test('is the window’s part of a day, in dollars, of the sources that agreed', () => {
    expect(exchangeVolumes(vote, 3_600)).toEqual([
      { exchange: 'a', volume: (5 * 100 * 3_600) / 86_400 },
      { exchange: 'b', volume: (5 * 100 * 3_600) / 86_400 },
    ])
  })

  test('leaves out a source that says no volume', () => {
    const sources = vote.sources.map((said, i) => ({ ...said, volume: i === 0 ? 0 : 5 }))
    const told = exchangeVolumes({ ...vote, sources }, 60)
    expect(told.map(({ exchange }) => exchange)).toEqual(['b'])
  })

  test('property: grows with the window in proportion', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_600 }), (windowSec) => {
        const one = exchangeVolumes(vote, 1)[0]?.volume ?? 0
        expect(exchangeVolumes(vote, windowSec)[0]?.volume).toBeCloseTo(one * windowSec, 9)
      }),
    )
  })
})

describe('POST /volumes/', () => {
  test('tells each exchange’s volume, by position; nothing of what is not known', async () => {
    const feeds = [...threeFeeds.toReversed(), { category: 2, name: 'BTC/USD' }]
    const data = await volumesOf(post(aHouseWithVolumes(), '/volumes/?window=3600', { feeds }))
    expect(data.map(({ feed }) => feed)).toEqual(feeds)
    expect(data.map(({ volumes }) => volumes.length)).toEqual([0, 0, 2, 0])
  })

  test('looks back a minute unless told otherwise', async () => {
    const under = aHouseWithVolumes()
    const usual = await volumesOf(post(under, '/volumes/'))
    expect(usual).toEqual(await volumesOf(post(under, '/volumes/?window=60')))
    expect(usual[0]?.volumes[0]?.volume).toBeCloseTo((5 * 100 * 60) / 86_400, 9)
  })

  test.each(['1', '3600', '0060'])('a window of %s seconds is one', async (window) => {
    expect((await post(aHouseWithVolumes(), `/volumes/?window=${window}`)).status).toBe(201)
  })

  test.each(['0', '3601', '-1', '1.5', 'abc', '', '1e2', '99999'])(
    'a window of "%s" is none',
    async (window) => {
      const response = await post(aHouseWithVolumes(), `/volumes/?window=${window}`)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ code: 'request-malformed' })
    },
  )

  test('asks each feed once, and no more for a minute', async () => {
    const under = aHouseWithVolumes()
    const asked = () => under.world.diary.filter((line) => line.startsWith('provenance'))
    const feeds = [...threeFeeds, ...threeFeeds]
    await volumesOf(post(under, '/volumes/', { feeds }))
    under.world.nowMs += 59_999
    await volumesOf(post(under, '/volumes/', { feeds }))
    expect(asked()).toEqual(['provenance BTC/USD', 'provenance ETH/USD', 'provenance FLR/USD'])
    under.world.nowMs += 1
    await volumesOf(post(under, '/volumes/', { feeds }))
    expect(asked()).toHaveLength(6)
  })

  test('a vote of long ago says nothing of now', async () => {
    const under = aHouseWithVolumes()
    under.world.provenances.set(btc, aProvenance({ timestamp: inRoundMs - 135_000 }))
    under.world.provenances.set(eth, aProvenance({ symbol: eth, timestamp: inRoundMs - 135_001 }))
    const data = await volumesOf(post(under, '/volumes/'))
    expect(data.map(({ volumes }) => volumes.length)).toEqual([2, 0, 0])
  })

  test('feeds that fail have none, the answer says why, and are asked again', async () => {
    const under = aHouseWithVolumes()
    under.world.down.add('feeds')
    const response = await post(under, '/volumes/')
    expect(response.headers.get('X-Chrono-Degraded')).toBe('feed')
    expect(await volumesOf(Promise.resolve(response))).toEqual(
      threeFeeds.map((feed) => ({ feed, volumes: [] })),
    )
    under.world.down.clear()
    expect((await volumesOf(post(under, '/volumes/')))[0]?.volumes).toHaveLength(2)
  })
})
