import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { baseOf, type FeedSymbol, feedId, feedSymbol } from '../../../src/protocol/feed.ts'

const symbol = fc.stringMatching(/^[A-Z0-9]{1,12}\/[A-Z]{3,5}$/)

describe('feedId', () => {
  test('lays out category, ASCII name and zeros', () => {
    // prettier-ignore
    expect(feedId({ symbol: feedSymbol('FLR/USD'), category: 1 })).toBe(
      '0x' +
        '01' + // category 1: crypto
        '464c522f555344' + // FLR/USD
        '00000000000000000000000000', // up to 21 bytes
    )
  })

  test('the longest symbol that the schema allows fits', () => {
    const id = feedId({ symbol: feedSymbol('ABCDEFGHIJKL/ABCDE'), category: 255 })
    expect(id).toMatch(/^0xff[0-9a-f]{40}$/)
  })

  test('refuses a symbol of more than 20 bytes, which no id can hold', () => {
    // A brand that was not earned: the schema itself allows no symbol of this length.
    const long = 'ABCDEFGHIJKLMNOPQ/USD' as FeedSymbol
    expect(() => feedId({ symbol: long, category: 1 })).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'symbol-too-long' }),
    )
  })

  test('property: is 21 bytes and tells symbols apart', () => {
    fc.assert(
      fc.property(symbol, symbol, (one, other) => {
        const [idOfOne, idOfOther] = [one, other].map((text) =>
          feedId({ symbol: feedSymbol(text), category: 1 }),
        )
        expect(idOfOne).toHaveLength(2 + 42)
        expect(idOfOne === idOfOther).toBe(one === other)
      }),
    )
  })
})

describe('feedSymbol', () => {
  test.each(['BTC/USD', 'btc', 'BTC', 'BTC-USD', 'btc_usd', ' Btc/Usd\n'])(
    'reads %j as BTC/USD',
    (text) => {
      expect(feedSymbol(text)).toBe('BTC/USD')
    },
  )

  test('keeps another quote currency', () => {
    expect(feedSymbol('eth-usdt')).toBe('ETH/USDT')
  })

  test.each(['', '/', 'BTC/', '/USD', 'BTC/US', 'BTC/USD/X', 'BTC--USD', 'B TC', 'BTC/ÜSD', '*'])(
    'refuses %j',
    (text) => {
      expect(() => feedSymbol(text)).toThrow(
        expect.objectContaining({ name: 'ProtocolError', code: 'symbol-malformed' }),
      )
    },
  )

  test('does not repeat more of a long text than a reader needs', () => {
    expect(() => feedSymbol('x'.repeat(10_000))).toThrow(/^"x{40}" is no symbol/)
  })

  test('property: a symbol names itself', () => {
    fc.assert(
      fc.property(symbol, (text) => {
        expect(feedSymbol(text)).toBe(text)
      }),
    )
  })
})

test('baseOf is what stands before the slash', () => {
  expect(baseOf(feedSymbol('DOGE/USD'))).toBe('DOGE')
})
