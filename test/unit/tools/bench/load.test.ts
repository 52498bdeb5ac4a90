import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { load } from '../../../../tools/bench/load.ts'

let server: Server | undefined

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A server that answers like this, and its port. */
async function answering(listener: RequestListener): Promise<number> {
  server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

test('asks over as many connections as it is told, with the headers it is told, and counts', async () => {
  const connections = new Set<unknown>()
  const keys = new Set<unknown>()
  let requests = 0
  const port = await answering((request, response) => {
    connections.add(request.socket)
    keys.add(request.headers['x-api-key'])
    requests += 1
    response.end('{"price":1}')
  })

  const target = { port, path: '/price', headers: { 'X-API-Key': 'k' } }
  const { latenciesMs, perSecond } = await load(target, { connections: 4, forMs: 50 })

  expect(connections.size).toBe(4)
  expect([...keys]).toEqual(['k'])
  expect(latenciesMs).toHaveLength(requests)
  expect(requests).toBeGreaterThan(4)
  expect(perSecond).toBeGreaterThan(0)
})

test('a body is sent by POST, whole, and may be answered with 201', async () => {
  const heard = new Set<string>()
  const port = await answering((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      heard.add(`${request.method ?? ''} ${Buffer.concat(pieces).toString()}`)
      response.writeHead(201, { 'Content-Length': '2' })
      response.end('{}')
    })
  })
  await load({ port, path: '/', body: '{"price":"1 €"}' }, { connections: 2, forMs: 30 })
  expect([...heard]).toEqual(['POST {"price":"1 €"}'])
})

test('an answer that comes in pieces is one answer', async () => {
  const port = await answering((_, response) => {
    response.writeHead(200, { 'Content-Length': '8' })
    response.write('four')
    setTimeout(() => response.end('more'), 5)
  })
  const { latenciesMs } = await load({ port, path: '/' }, { connections: 1, forMs: 30 })
  expect(latenciesMs.length).toBeGreaterThan(0)
  expect(Math.min(...latenciesMs)).toBeGreaterThan(3)
})

test.each([
  { name: 'is refused', status: 429, headers: { 'Content-Length': '0' }, message: /: 429/ },
  { name: 'has no length', status: 200, headers: {}, message: /known length: 200/ },
])('fails when an answer $name', async ({ status, headers, message }) => {
  const port = await answering((_, response) => {
    response.writeHead(status, headers)
    response.flushHeaders()
    response.end()
  })
  await expect(load({ port, path: '/' }, { connections: 1, forMs: 30 })).rejects.toThrow(message)
})

test('fails when a connection is closed under it', async () => {
  const port = await answering((request) => request.socket.destroy())
  await expect(load({ port, path: '/' }, { connections: 1, forMs: 30 })).rejects.toThrow(
    /closed|hang up|reset/i,
  )
})
