import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { parseTolerantly } from '../../../src/client/tolerant.ts'
import { streamMessageSchema } from '../../../src/protocol/wire.ts'
import { pricesResponseSchema } from '../../../src/protocol/wire-rest.ts'
import { aPriceRecord } from '../../support/price-records.ts'

const prices = {
  prices: [{ ...aPriceRecord(), stale: false }],
  missing: [],
  served_at: 1,
  rate_limit: { limit: 30, remaining: 29, reset_at: 1 },
}

describe('parseTolerantly', () => {
  test('leaves out what a newer server adds, wherever it adds it', () => {
    const [price] = prices.prices
    const newer = {
      ...prices,
      prices: [{ ...price, depth: 7 }],
      rate_limit: { ...prices.rate_limit, burst: 3 },
      added: { any: 'thing' },
    }
    expect(parseTolerantly(pricesResponseSchema, newer).data).toEqual(prices)
  })

  test('also in messages of the stream', () => {
    const update = { type: 'price_update', data: { ...aPriceRecord(), depth: 7 }, sent_at: 1 }
    expect(parseTolerantly(streamMessageSchema, update).data).toEqual({
      type: 'price_update',
      data: aPriceRecord(),
    })
  })

  test('what is missing or of another shape is as wrong as ever', () => {
    const { served_at: _, ...without } = prices
    expect(parseTolerantly(pricesResponseSchema, { ...without, added: 1 }).success).toBe(false)
    expect(parseTolerantly(pricesResponseSchema, { ...prices, missing: 'none' }).success).toBe(
      false,
    )
  })

  test('keys of an array’s members and of the whole are both found', () => {
    const schema = z.array(z.strictObject({ a: z.number() }))
    expect(parseTolerantly(schema, [{ a: 1, b: 2 }, { a: 3 }]).data).toEqual([{ a: 1 }, { a: 3 }])
  })
})
