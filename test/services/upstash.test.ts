import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { Redis } from '@upstash/redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { maxBodyBytes } from '../../local/upstash/http.ts'
import { startUpstash, type Upstash } from '../../local/upstash.ts'
import { ask, heardOn } from '../support/upstash.ts'

let upstash: Upstash
beforeAll(async () => {
  upstash = await startUpstash({ port: 0, token: 'right' })
})
afterAll(() => upstash.stop())
beforeEach(() => ask(upstash, '/flushall'))

describe('the door', () => {
  test.each([
    { name: 'a wrong token', headers: { authorization: 'Bearer wrong' } },
    { name: 'another scheme', headers: { authorization: 'Basic right' } },
    { name: 'nothing', headers: {} },
  ])('stays shut to $name', async ({ headers }) => {
    const body = '["SET","a","1"]'
    const response = await fetch(upstash.url, { method: 'POST', headers, body })
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({ error: 'WRONGPASS invalid or missing auth token' })
    expect(await ask(upstash, '/exists/a')).toMatchObject({ json: { result: 0 } })
  })

  test('opens to the token in the query, too', async () => {
    const response = await fetch(`${upstash.url}/ping?_token=right`)
    expect(await response.json()).toEqual({ result: 'PONG' })
  })

  test('takes no other methods', async () => {
    const headers = { authorization: 'Bearer right' }
    const response = await fetch(upstash.url, { method: 'DELETE', headers })
    expect(response.status).toBe(405)
  })

  test('takes a body of exactly the limit, and none beyond it', async () => {
    const overhead = JSON.stringify(['SET', 'a', '']).length
    const longest = 'x'.repeat(maxBodyBytes - overhead)
    expect(await ask(upstash, '/', ['SET', 'a', longest])).toMatchObject({ status: 200 })
    expect(await ask(upstash, '/', ['SET', 'b', `${longest}x`])).toEqual({
      status: 400,
      json: { error: `ERR max request size exceeded. Limit: ${maxBodyBytes} bytes` },
    })
    expect(await ask(upstash, '/exists/a/b')).toMatchObject({ json: { result: 1 } })
  })

  test('survives a caller who leaves in the middle of a sentence', async () => {
    const headers = { authorization: 'Bearer right', 'content-length': 100 }
    const cut = request(upstash.url, { method: 'POST', headers })
    cut.on('error', () => {
      // It is we who hang up.
    })
    await new Promise((resolve) => cut.write('["PI', resolve))
    cut.destroy()
    expect(await ask(upstash, '/ping')).toMatchObject({ json: { result: 'PONG' } })
  })
})

describe('subscribers', () => {
  test('hear the channels that they named, from then on', async () => {
    const leaving = new AbortController()
    const heard = heardOn(upstash, 'prices/news', leaving.signal)
    expect((await heard.next()).value).toBe('data: subscribe,prices,1')
    expect((await heard.next()).value).toBe('data: subscribe,news,2')

    await ask(upstash, '/', ['PUBLISH', 'other', 'unheard'])
    await ask(upstash, '/', ['PUBLISH', 'prices', '[1,2]'])
    await ask(upstash, '/', ['PUBLISH', 'news', 'hello, all'])
    expect((await heard.next()).value).toBe('data: message,prices,[1,2]')
    expect((await heard.next()).value).toBe('data: message,news,hello, all')
    leaving.abort()
  })

  test('are no longer counted once they have left', async () => {
    const leaving = new AbortController()
    await heardOn(upstash, 'prices', leaving.signal).next()
    expect(await ask(upstash, '/publish/prices/x')).toMatchObject({ json: { result: 1 } })
    leaving.abort()
    await expect
      .poll(() => ask(upstash, '/publish/prices/x'))
      .toMatchObject({ json: { result: 0 } })
  })
})

describe("Upstash's own client, as it is out of the box", () => {
  const client = () => new Redis({ url: upstash.url, token: 'right', enableTelemetry: false })

  test('reads back what it wrote, in any letters', async () => {
    const redis = client()
    await redis.set('k', { name: 'Größe €' }, { ex: 10 })
    expect(await redis.get('k')).toEqual({ name: 'Größe €' })
    expect(await redis.hset('h', { a: 1, b: 'x' })).toBe(2)
    expect(await redis.hgetall('h')).toEqual({ a: 1, b: 'x' })
    expect(await Promise.all([redis.incr('n'), redis.ttl('k'), redis.get('none')])).toEqual([
      1,
      10,
      null,
    ])
    expect(await redis.scan(0, { match: 'k*' })).toEqual(['0', ['k']])
  })

  test('runs transactions', async () => {
    expect(await client().multi().set('a', 'x').get('a').exec()).toEqual(['OK', 'x'])
  })

  test('is told why it was refused', async () => {
    await expect(client().hget('a', 'b')).resolves.toBeNull()
    await client().set('a', 'x')
    await expect(client().hget('a', 'b')).rejects.toThrow(/WRONGTYPE/)
  })

  test('subscribes', async () => {
    const redis = client()
    const subscriber = redis.subscribe<string[]>('prices')
    const subscribed = new Promise((resolve) => subscriber.on('subscribe', resolve))
    const heard = new Promise((resolve) => subscriber.on('message', resolve))
    await subscribed
    await redis.publish('prices', ['a', 'b'])
    expect(await heard).toEqual({ channel: 'prices', message: ['a', 'b'] })
    await subscriber.unsubscribe()
  })
})

describe('as a program', () => {
  const entry = fileURLToPath(new URL('../../local/upstash.ts', import.meta.url))
  const start = (port: number) => {
    const args = ['--disable-warning=ExperimentalWarning', entry]
    args.push('--port', String(port))
    const env = { ...process.env, UPSTASH_TOKEN: 'mine' }
    return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
  }

  test('says where it is, answers, and ends when asked to, open subscriptions or not', async () => {
    const child = start(0)
    const [line]: unknown[] = await once(child.stdout, 'data')
    const { url }: { url: string } = JSON.parse(String(line))
    const here = { url, token: 'mine' }
    expect(await ask(here, '/ping')).toMatchObject({ json: { result: 'PONG' } })

    const leaving = new AbortController()
    await heardOn(here, 'prices', leaving.signal).next()
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    await expect(fetch(url)).rejects.toThrow()
    leaving.abort()
  })

  test('says in one sentence that its port is taken', async () => {
    const child = start(upstash.port)
    const [[text], [code]] = await Promise.all([once(child.stderr, 'data'), once(child, 'exit')])
    expect(String(text)).toMatch(/^The Upstash stand-in did not start: .*EADDRINUSE.*\n$/)
    expect(code).toBe(1)
  })
})
