import { expect, test } from 'vitest'
import { batchOver } from '../../../signer-bridge/chain/batch.ts'

const calls = [
  { method: 'eth_one', params: ['0x1', true] },
  { method: 'eth_two', params: [] },
]

type Asked = { url: string; headers: Record<string, string>; body: unknown }

/** A node that answers with this, and writes down what it was asked. */
function answering(answer: () => Response | Promise<Response>) {
  const asked: Asked[] = []
  const fetchIt = async (url: URL, init: RequestInit & { body: string }) => {
    const headers = Object.fromEntries(new Headers(init.headers))
    asked.push({ url: url.href, headers, body: JSON.parse(init.body) })
    init.signal?.throwIfAborted()
    return Promise.race([
      answer(),
      new Promise<never>((_, reject) => {
        init.signal?.addEventListener('abort', () => reject(init.signal?.reason))
      }),
    ])
  }
  // As much of `fetch` as is called.
  return { asked, batch: batchOver(fetchIt as unknown as typeof fetch, 200) }
}

const json = (body: unknown) => new Response(JSON.stringify(body))
const node = { url: 'http://node.test/rpc' }

test('results stand in the order of the calls, whatever the order of the answers', async () => {
  const { asked, batch } = answering(() =>
    json([
      { jsonrpc: '2.0', id: 1, result: null },
      { jsonrpc: '2.0', id: 0, result: { number: '0x1' } },
    ]),
  )
  expect(await batch(node, calls, 1_000)).toEqual([{ number: '0x1' }, null])
  expect(asked).toEqual([
    {
      url: 'http://node.test/rpc',
      headers: { 'content-type': 'application/json' },
      body: [
        { jsonrpc: '2.0', id: 0, method: 'eth_one', params: ['0x1', true] },
        { jsonrpc: '2.0', id: 1, method: 'eth_two', params: [] },
      ],
    },
  ])
})

test('credentials in an address become a header', async () => {
  const { asked, batch } = answering(() => json([]))
  await batch({ url: 'https://me%40home:secret@node.test/rpc' }, [], 1_000).catch(() => undefined)
  expect(asked[0]?.url).toBe('https://node.test/rpc')
  expect(asked[0]?.headers['authorization']).toBe(
    `Basic ${Buffer.from('me@home:secret').toString('base64')}`,
  )
})

test.each([
  {
    name: 'an error for one call',
    answer: () =>
      json([
        { id: 0, result: 1 },
        { id: 1, error: { code: 1, message: 'range too wide' } },
      ]),
    says: /eth_two: range too wide/,
  },
  {
    name: 'one call left out',
    answer: () => json([{ id: 0, result: 1 }]),
    says: /eth_two unanswered/,
  },
  {
    name: 'an error for the whole',
    answer: () => json({ id: null, error: { code: 1, message: 'no batches' } }),
    says: /expected array/,
  },
  { name: 'a page', answer: () => new Response('<html>'), says: /JSON/ },
  { name: 'a status', answer: () => new Response('', { status: 429 }), says: /429/ },
  {
    name: 'more than it may',
    answer: () => new Response('x'.repeat(1_001)),
    says: /more than/,
  },
  {
    name: 'nothing in time',
    answer: () => new Promise<Response>(() => undefined),
    says: /timeout/,
  },
])('$name is a failure', async ({ answer, says }) => {
  const { batch } = answering(answer)
  await expect(batch(node, calls, 1_000)).rejects.toThrow(says)
})
