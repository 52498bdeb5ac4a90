/**
 * The two programs that Chrono is a value provider for, imitated: the FTSO client, which reads values
 * by position and encodes all or nothing, and the fast-updates client, which matches feeds by id. What
 * they send and how they read is as seen in FTSO-Scaling and fast-updates on 2026-11-22.
 */

import { describe, expect, test } from 'vitest'
import { catalogue } from '../../../src/catalogue.ts'
import { encodeFeedValues } from '../../../src/protocol/feed-values.ts'
import { aPriceRecord } from '../../support/price-records.ts'
import type { ApiUnderTest } from '../../support/api.ts'
import {
  addProvider,
  aProviderApi,
  inRoundMs,
  openRound,
  providerKey,
} from '../../support/value-provider.ts'

/** A house with the whole catalogue, of which every seventh feed has no price. */
function aHouse(): ApiUnderTest {
  const under = aProviderApi({ settings: { feeds: catalogue } })
  under.world.cachedPrices.clear()
  catalogue.forEach(({ symbol, decimals }, i) => {
    if (i % 7 === 6) return
    const price = 1_234.5678 / 10 ** (decimals - 2)
    const instants = { timestamp: inRoundMs, observed_at: inRoundMs }
    under.world.feedPrices.set(symbol, aPriceRecord({ symbol, price, ...instants }))
  })
  addProvider(under, providerKey, '00000000-0000-4000-8000-00000000000a')
  return under
}

const feedsOnChain = catalogue.map(({ symbol, category, decimals }) => ({
  feed: { category, name: symbol as string },
  decimals,
}))

type Said = { readonly data: readonly { readonly feed: unknown; readonly value?: unknown }[] }

/** What a client that knows nothing but an address hears: no header, any 2xx is fine. */
async function heard({ api }: ApiUnderTest, url: string, feeds: readonly unknown[]): Promise<Said> {
  const response = await api.request(url, {
    method: 'POST',
    headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    body: JSON.stringify({ feeds }),
  })
  if (!response.ok) throw new Error(`response status ${response.status}: ${await response.text()}`)
  // Neither client checks what it is told.
  return (await response.json()) as Said
}

const baseUrl = `/vp/${providerKey}`

describe('the FTSO client', () => {
  /** Its encoder throws for the whole vector: on NaN, infinity, and what is out of range. */
  function encoded(values: readonly unknown[], decimals: readonly number[]): string {
    return values
      .map((value, i) => {
        if (value === undefined) return '00000000'
        const scaled = Math.round(Number(value) * 10 ** (decimals[i] ?? 0)) + 2 ** 31
        if (!Number.isFinite(scaled) || scaled < 1 || scaled > 2 ** 32 - 1) throw new Error('range')
        return scaled.toString(16).padStart(8, '0')
      })
      .join('')
      .replace(/(?<!^)(00000000)+$/, '')
  }

  async function committed(under: ApiUnderTest): Promise<string> {
    const feeds = feedsOnChain.map(({ feed }) => feed)
    const { data } = await heard(under, `${baseUrl}/feed-values/${openRound}`, feeds)
    return encoded(
      data.map(({ value }) => value),
      feedsOnChain.map(({ decimals }) => decimals),
    )
  }

  test('commits to what we would encode, with empty slots and no vote for 0', async () => {
    const under = aHouse()
    const vector = await committed(under)
    const ours = encodeFeedValues(
      catalogue.map(({ symbol, decimals }) => {
        const price = under.world.feedPrices.get(symbol)?.price
        return price === undefined ? { decimals } : { price, decimals }
      }),
    )
    expect(`0x${vector}`).toBe(ours.values)
    const slots = vector.match(/.{8}/g) ?? []
    expect(slots).not.toContain('80000000')
    expect(slots.filter((slot) => slot === '00000000').length).toBeGreaterThan(5)
  })

  test('is told the same when it asks again after a lost answer', async () => {
    const under = aHouse()
    const before = await committed(under)
    for (const [symbol, record] of under.world.feedPrices) {
      under.world.feedPrices.set(symbol, { ...record, price: record.price * 1.01 })
    }
    expect(await committed(under)).toBe(before)
  })

  test('sees from the status alone that a round could not be told', async () => {
    const under = aHouse()
    under.world.down.add('values')
    await expect(committed(under)).rejects.toThrow('response status 503')
  })
})

describe('the fast-updates client', () => {
  /** For each feed the first entry of the same id: one that is left out would shift all others. */
  function sorted(feeds: readonly { category: number; name: string }[], { data }: Said) {
    const ids = data.map(({ feed }) => JSON.stringify(feed))
    return feeds.flatMap(({ category, name }) => {
      const at = ids.indexOf(JSON.stringify({ category, name }))
      return at === -1 ? [] : [data[at]?.value]
    })
  }

  test('finds every feed of its own order, and nothing where there is no price', async () => {
    const under = aHouse()
    const feeds = feedsOnChain.map(({ feed }) => feed).toReversed()
    const asked = [...feeds, { category: 1, name: 'DELISTED/USD' }]
    const values = sorted(asked, await heard(under, `${baseUrl}/feed-values/0`, asked))
    expect(values).toHaveLength(asked.length)
    asked.forEach(({ name }, i) => {
      const record = [...under.world.feedPrices.values()].find(({ symbol }) => symbol === name)
      expect(values[i]).toBe(record?.price)
    })
  })

  test('hears a new price as soon as there is one', async () => {
    const under = aHouse()
    const feeds = feedsOnChain.map(({ feed }) => feed)
    const first = await heard(under, `${baseUrl}/feed-values/0`, feeds)
    under.world.nowMs += 2_000
    for (const [symbol, record] of under.world.feedPrices) {
      under.world.feedPrices.set(symbol, { ...record, price: record.price * 1.01 })
    }
    const second = await heard(under, `${baseUrl}/feed-values/0`, feeds)
    expect(second.data[0]?.value).toBeCloseTo(Number(first.data[0]?.value) * 1.01, 9)
  })
})
