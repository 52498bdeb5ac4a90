import { expect, test } from 'vitest'
import { capnpOf } from '../../../../tools/bench/capnp.ts'

test('a service has its settings, its objects with SQLite, and a port on the loopback', () => {
  const text = capnpOf({
    compatibilityDate: '2026-08-15',
    storage: '/tmp/storage',
    services: [
      {
        name: 'chrono',
        port: 4711,
        module: 'bundle/index.js',
        vars: { BASES: '{"a":"b"}' },
        objects: { FEED: 'FeedObject' },
        bindings: { ARCHIVE: 'r2Bucket = "nowhere"' },
      },
    ],
  })
  expect(text).toContain('esModule = embed "bundle/index.js"')
  expect(text).toContain('(name = "BASES", text = "{\\"a\\":\\"b\\"}")')
  expect(text).toContain('(name = "FEED", durableObjectNamespace = "FeedObject")')
  expect(text).toContain('(className = "FeedObject", uniqueKey = "FeedObject", enableSql = true)')
  expect(text).toContain('(name = "ARCHIVE", r2Bucket = "nowhere")')
  expect(text).toContain('address = "127.0.0.1:4711", http = (), service = "chrono"')
})
