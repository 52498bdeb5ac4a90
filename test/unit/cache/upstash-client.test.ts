import { expect, test } from 'vitest'
import { upstashClient } from '../../../src/cache/upstash-client.ts'

const settings = { url: 'https://cache.test', token: 'secret-token' }

test.each([
  { name: 'no address', differing: { url: 'cache.test' } },
  { name: 'another protocol', differing: { url: 'redis://cache.test:6379' } },
  { name: 'credentials in the address', differing: { url: 'https://user:secret@cache.test' } },
  { name: 'a query in the address', differing: { url: 'https://cache.test/?_token=secret' } },
  { name: 'a fragment in the address', differing: { url: 'https://cache.test/#secret' } },
  { name: 'no token', differing: { token: '' } },
  { name: 'a token with a line feed', differing: { token: 'secret-token\n' } },
])('refuses $name from the start, without saying it', ({ differing }) => {
  const attempt = () => upstashClient({ ...settings, ...differing })
  expect(attempt).toThrow(
    expect.objectContaining({
      name: 'CacheError',
      code: 'cache-misconfigured',
      message: expect.not.stringMatching(/secret|cache\.test/),
    }),
  )
})

test('takes a plain address with or without a path', () => {
  for (const url of ['https://cache.test', 'http://127.0.0.1:8079/', 'https://cache.test/a']) {
    expect(() => upstashClient({ ...settings, url })).not.toThrow()
  }
})
