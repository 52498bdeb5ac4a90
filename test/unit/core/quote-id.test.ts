import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { quoteId, type Sha1, uuidV5 } from '../../../src/core/quote-id.ts'
import { feedSymbol } from '../../../src/protocol/feed.ts'

const sha1: Sha1 = async (bytes) =>
  Uint8Array.from(createHash('sha1').update(bytes).digest()).buffer

/** The namespace of domain names. */
const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
const btc = feedSymbol('BTC/USD')

describe('uuidV5', () => {
  test('makes the id that RFC 9562 gives as its example', async () => {
    expect(await uuidV5(dns, 'www.example.com', sha1)).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2')
  })

  test('takes names in UTF-8: the id that Python’s uuid.uuid5 makes', async () => {
    expect(await uuidV5(dns, 'börse|€|𝄞', sha1)).toBe('32c4ea80-a42c-5ac2-990c-d8453a5492b1')
  })

  test('says its version and variant whatever the digest is', async () => {
    const filled =
      (byte: number): Sha1 =>
      async () =>
        new Uint8Array(20).fill(byte).buffer
    expect(await uuidV5(dns, '', filled(0xff))).toBe('ffffffff-ffff-5fff-bfff-ffffffffffff')
    expect(await uuidV5(dns, '', filled(0x00))).toBe('00000000-0000-5000-8000-000000000000')
  })

  test('a name that is broken UTF-16 still has an id', async () => {
    expect(await uuidV5(dns, '\ud800', sha1)).toBe(await uuidV5(dns, '\ufffd', sha1))
  })
})

describe('quoteId', () => {
  test('never changes: ids that are kept depend on it', async () => {
    // Python: uuid5(namespace, 'kraken|BTC/USD|1658430000000').
    expect(await quoteId('kraken', btc, 1_658_430_000_000, sha1)).toBe(
      '400e887a-2ae0-5f0c-9e9d-b92bb04e43b0',
    )
  })

  test('differs by source, symbol and tick, also where a source holds the separator', async () => {
    const ids = await Promise.all([
      quoteId('kraken', btc, 0, sha1),
      quoteId('binance', btc, 0, sha1),
      quoteId('kraken', feedSymbol('ETH/USD'), 0, sha1),
      quoteId('kraken', btc, 30_000, sha1),
      quoteId('kraken|BTC/USD', btc, 0, sha1),
    ])
    expect(new Set(ids).size).toBe(ids.length)
  })
})
