import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Hex, keccak256, stringToHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Faults } from '../../../local/chain/faults.ts'
import { proxyAgent, proxyListener } from '../../../local/chain/proxy.ts'

/** What the node was asked, word for word, and over how many connections. */
let diary: string[] = []
let connections = 0
let url = ''
let servers: Server[] = []
let agent: ReturnType<typeof proxyAgent>

const node: RequestListener = (incoming, response) => {
  void text(incoming).then((body) => {
    diary.push(body)
    const { id }: { id: number } = JSON.parse(body)
    response.writeHead(200, { 'Content-Type': 'application/json', 'X-Node': 'yes' })
    response.end(`{"jsonrpc":"2.0","id":${id},  "result":"0x1"}`)
  })
}

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  if (servers.length === 1) server.on('connection', () => (connections += 1))
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address.')
  return `http://127.0.0.1:${address.port}`
}

beforeEach(async () => {
  diary = []
  connections = 0
  servers = []
  agent = proxyAgent()
  url = await listening(proxyListener(await listening(node), agent, new Faults()))
})

afterEach(async () => {
  agent.destroy()
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
})

function post(body: string, path = '/'): Promise<Response> {
  return fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  })
}

const order = (what: object): Promise<Response> => post(JSON.stringify(what), '/control')

function aTransaction(): Promise<Hex> {
  const account = privateKeyToAccount(keccak256(stringToHex('sender')))
  const to = account.address
  return account.signTransaction({ type: 'eip1559', chainId: 31_337, to, maxFeePerGas: 1n })
}

const sending = (id: number, raw: Hex) => ({
  jsonrpc: '2.0',
  id,
  method: 'eth_sendRawTransaction',
  params: [raw],
})

test('requests and answers pass byte for byte, with their headers', async () => {
  const asked = '{ "jsonrpc":"2.0","id": 5,\n"method":"eth_chainId" }'
  const answer = await post(asked)
  expect(diary).toEqual([asked])
  expect(await answer.text()).toBe('{"jsonrpc":"2.0","id":5,  "result":"0x1"}')
  expect(answer.headers.get('X-Node')).toBe('yes')
})

test('one connection to the node serves request after request', async () => {
  for (let id = 1; id <= 20; id += 1) {
    await (await post(`{"jsonrpc":"2.0","id":${id},"method":"eth_chainId"}`)).text()
  }
  expect(diary).toHaveLength(20)
  expect(connections).toBe(1)
})

test('a dropped transaction is answered and does not reach the node', async () => {
  const raw = await aTransaction()
  await order({ drop: { count: 1 } })
  const answer = await post(JSON.stringify(sending(9, raw)))
  expect(await answer.json()).toEqual({ jsonrpc: '2.0', id: 9, result: keccak256(raw) })
  expect(diary).toEqual([])
})

test('of a batch only the dropped transaction is missing, and answers keep their places', async () => {
  const raw = await aTransaction()
  await order({ drop: { count: 1 } })
  const others = { jsonrpc: '2.0', method: 'eth_chainId' }
  const batch = [{ ...others, id: 1 }, sending(2, raw), { ...others, id: 3 }]
  const answer: unknown = await (await post(JSON.stringify(batch))).json()
  expect(answer).toEqual([
    { jsonrpc: '2.0', id: 1, result: '0x1' },
    { jsonrpc: '2.0', id: 2, result: keccak256(raw) },
    { jsonrpc: '2.0', id: 3, result: '0x1' },
  ])
  expect(diary).toHaveLength(2)
})

test('a lost transaction reaches the node, and the connection breaks', async () => {
  const raw = await aTransaction()
  await order({ lose: { count: 1 } })
  await expect(post(JSON.stringify(sending(9, raw)))).rejects.toThrow('fetch failed')
  expect(diary).toHaveLength(1)
  expect(diary[0]).toContain(raw)
})

test('while the node is down connections break, and orders are still taken', async () => {
  await order({ downForMs: 60_000 })
  await expect(post('{"id":1}')).rejects.toThrow('fetch failed')
  expect((await order({ downForMs: 0 })).status).toBe(200)
  expect((await post('{"id":1}')).status).toBe(200)
})

test('delayed answers come as late as ordered', async () => {
  await order({ delayMs: 80 })
  const beganMs = performance.now()
  await post('{"id":1}')
  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(79)
})

test('a body that is no JSON is for the node to refuse, also under an order', async () => {
  await order({ drop: { count: 1 } })
  const answer = post('{"id":1,"method":4}')
  expect((await answer).headers.get('X-Node')).toBe('yes')
})

test('an order that makes no sense is refused, and what is ordered can be asked', async () => {
  expect((await order({ drop: { count: -1 } })).status).toBe(400)
  await order({ drop: { count: 2 } })
  expect(await (await fetch(`${url}/control`)).json()).toMatchObject({ pending: { drop: 2 } })
})

test('a node that is gone breaks the connection instead of hanging', async () => {
  servers[0]?.close()
  servers[0]?.closeAllConnections()
  await expect(post('{"id":1}')).rejects.toThrow('fetch failed')
})
