import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LocalDashboard, startDashboard } from '../../../local/dashboard.ts'

const directory = mkdtempSync(join(tmpdir(), 'chrono-dashboard-'))
const built = join(directory, 'build')
let dashboard: LocalDashboard

beforeAll(async () => {
  await mkdir(join(built, '_app', 'immutable'), { recursive: true })
  await writeFile(join(directory, 'secret.txt'), 'not to be seen')
  await writeFile(join(built, 'index.html'), '<title>Chrono</title>')
  await writeFile(join(built, '_headers'), '/*')
  await writeFile(join(built, '_app', 'immutable', 'start.js'), 'start()')
  dashboard = await startDashboard({
    port: 0,
    workerUrl: 'http://127.0.0.1:8787',
    apiKey: 'chrono_demo',
    directory: built,
  })
})

afterAll(async () => {
  await dashboard.stop()
  rmSync(directory, { recursive: true })
})

/** A request as written, since `fetch` would tidy its path up. */
async function raw(path: string): Promise<string> {
  const socket = connect(dashboard.port, '127.0.0.1')
  socket.end(`GET ${path} HTTP/1.1\r\nHost: dashboard\r\nConnection: close\r\n\r\n`)
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}

describe('startDashboard', () => {
  test.each([
    { path: '/index.html', type: 'text/html; charset=utf-8', cache: 'no-cache' },
    {
      path: '/_app/immutable/start.js',
      type: 'text/javascript; charset=utf-8',
      cache: 'public, max-age=31536000, immutable',
    },
    { path: '/chrono.json', type: 'application/json', cache: 'no-store' },
  ])('serves $path with its type', async ({ path, type, cache }) => {
    const response = await fetch(dashboard.url + path)
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toBe(type)
    expect(response.headers.get('Cache-Control')).toBe(cache)
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff')
    await response.body?.cancel()
  })

  test('tells the page where to listen', async () => {
    const response = await fetch(`${dashboard.url}/chrono.json`)
    expect(await response.json()).toEqual({
      worker_url: 'http://127.0.0.1:8787',
      api_key: 'chrono_demo',
    })
  })

  test.each(['/', '/anything/else', '/?symbol=BTC'])('%s gets the start page', async (path) => {
    const response = await fetch(dashboard.url + path)
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('<title>Chrono</title>')
  })

  test.each(['/_app/immutable/gone.js', '/favicon.ico', '/_headers.txt'])(
    '%s is missing and says so',
    async (path) => {
      const response = await fetch(dashboard.url + path)
      expect(response.status).toBe(404)
      await response.body?.cancel()
    },
  )

  test.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/_app/../../secret.txt',
    '//secret.txt',
    'secret.txt',
    '/..\\secret.txt',
  ])('no path leads out of the site: %s', async (path) => {
    const text = await raw(path)
    expect(text).toMatch(/^HTTP\/1\.1 40[04]/)
    expect(text).not.toContain('not to be seen')
  })

  test('the rules for Cloudflare Pages are no page', async () => {
    const text = await (await fetch(`${dashboard.url}/_headers`)).text()
    expect(text).toBe('<title>Chrono</title>')
  })

  test('a browser that has it is not sent it again', async () => {
    const first = await fetch(`${dashboard.url}/`)
    const etag = first.headers.get('ETag') ?? ''
    await first.body?.cancel()
    const second = await fetch(`${dashboard.url}/`, { headers: { 'If-None-Match': etag } })
    expect(second.status).toBe(304)
  })

  test('takes questions only', async () => {
    const response = await fetch(`${dashboard.url}/`, { method: 'POST', body: 'x' })
    expect(response.status).toBe(405)
    expect(response.headers.get('Allow')).toBe('GET, HEAD')
    await response.body?.cancel()
    const head = await fetch(`${dashboard.url}/`, { method: 'HEAD' })
    expect(head.headers.get('Content-Length')).toBe('21')
    expect(await head.text()).toBe('')
  })

  test('without a built page there is nothing to serve', async () => {
    const options = { port: 0, workerUrl: 'http://x', apiKey: 'k', directory: join(built, 'none') }
    await expect(startDashboard(options)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
