import { describe, expect, test } from 'vitest'
import { exchangeBaseUrlsSchema, exchanges } from '../../../src/exchanges/registry.ts'

test('every exchange is known by its own name', () => {
  expect(exchanges.size).toBeGreaterThan(2)
  for (const [name, exchange] of exchanges) expect(exchange.name).toBe(name)
})

describe('EXCHANGE_BASE_URLS', () => {
  test('replaces addresses, with or without a slash at the end', () => {
    const setting = '{"kraken":"http://127.0.0.1:8790/kraken/","binance":"https://example.test"}'
    expect(exchangeBaseUrlsSchema.parse(setting)).toEqual({
      kraken: 'http://127.0.0.1:8790/kraken',
      binance: 'https://example.test',
    })
  })

  test('may replace none', () => {
    expect(exchangeBaseUrlsSchema.parse('{}')).toEqual({})
  })

  test.each([
    'kraken=http://127.0.0.1',
    '[]',
    '{"kraken":"127.0.0.1"}',
    '{"kraken":"file:///etc/passwd"}',
    '{"krakn":"http://127.0.0.1"}',
    '{"kraken":1}',
  ])('is refused as %s', (setting) => {
    expect(exchangeBaseUrlsSchema.safeParse(setting).success).toBe(false)
  })
})
