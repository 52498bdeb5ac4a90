import { expect, test } from 'vitest'
import { readConfig } from '../../../pages/src/lib/config.ts'

function answering(body: string, status = 200): typeof fetch {
  return async () => new Response(body, { status })
}

test('reads where to listen', async () => {
  const config = { worker_url: 'http://127.0.0.1:8787', api_key: 'chrono_x' }
  expect(await readConfig(answering(JSON.stringify(config)))).toEqual({ kind: 'config', config })
})

test.each([
  { name: 'missing', fetch: answering('', 404), reason: /status 404/ },
  { name: 'the page itself', fetch: answering('<!doctype html>'), reason: /could not be read/ },
  { name: 'without a key', fetch: answering('{"worker_url":"http://x"}'), reason: /lacks api_key/ },
  {
    name: 'with an address that is none',
    fetch: answering('{"worker_url":"javascript:x","api_key":"k"}'),
    reason: /lacks worker_url/,
  },
])('a file that is $name is told in one sentence', async ({ fetch, reason }) => {
  expect(await readConfig(fetch)).toEqual({ kind: 'none', reason: expect.stringMatching(reason) })
})

test('so is a network that fails', async () => {
  const failing: typeof fetch = async () => {
    throw new TypeError('fetch failed')
  }
  expect(await readConfig(failing)).toMatchObject({ kind: 'none' })
})
