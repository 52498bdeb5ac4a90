import { describe, expect, test } from 'vitest'
import {
  liveExchanges,
  liveSourcesSchema,
  liveUrlsOf,
  liveUrlsSchema,
} from '../../../../src/exchanges/live/registry.ts'

describe('LIVE_SOURCES', () => {
  test.each([
    { text: '', names: [] },
    { text: ' , ', names: [] },
    { text: 'kraken', names: ['kraken'] },
    { text: 'kraken, okx,kraken', names: ['kraken', 'okx'] },
  ])('"$text" is $names', ({ text, names }) => {
    expect([...liveSourcesSchema.parse(text)]).toEqual(names)
  })

  test.each(['mtgox', 'kraken;okx', 'bitstamp'])('"%s" names nobody to listen to', (text) => {
    expect(liveSourcesSchema.safeParse(text).success).toBe(false)
  })
})

describe('where a source is listened to', () => {
  test('is its own address, unless a setting says another', () => {
    const urls = liveUrlsOf({ baseUrls: {}, liveUrls: { okx: 'ws://127.0.0.1:1/okx' } })
    expect(urls.size).toBe(liveExchanges.size)
    expect(urls.get('okx')).toBe('ws://127.0.0.1:1/okx')
    expect(urls.get('kraken')).toBe('wss://ws.kraken.com/v2')
  })

  test('is nowhere for a source that is replayed without a socket: prices are never mixed', () => {
    const baseUrls = { okx: 'http://127.0.0.1:1/okx', gate: 'http://127.0.0.1:1/gate' }
    const urls = liveUrlsOf({ baseUrls, liveUrls: { gate: 'ws://127.0.0.1:1/gate/live' } })
    expect(urls.has('okx')).toBe(false)
    expect(urls.get('gate')).toBe('ws://127.0.0.1:1/gate/live')
  })

  test.each([
    { name: 'no JSON', text: '{' },
    { name: 'a name that nobody has', text: '{"mtgox":"wss://x.test"}' },
    { name: 'an address of REST', text: '{"okx":"https://x.test"}' },
  ])('cannot be said by $name', ({ text }) => {
    expect(liveUrlsSchema.safeParse(text).success).toBe(false)
  })
})
