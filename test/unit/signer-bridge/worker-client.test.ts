import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { workerClient } from '../../../signer-bridge/worker-client.ts'

const secret = 'a secret shared by the two sides of the bridge'
const lease = { fencing_token: 3, expires_at: 60_000 }

type Asked = { readonly url: string; readonly headers: Headers; readonly body: string }
type Answering = (asked: Asked) => Response | Promise<Response>

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (text: string, by = secret) => createHmac('sha256', by).update(text).digest('hex')

/** An answer as the Worker makes it, in the words of the agreement. */
function signedAnswer({ headers }: Asked, status: number, body: unknown, by = secret): Response {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const nonce = headers.get('X-Chrono-Nonce') ?? ''
  const signed = ['chrono-bridge-answer-v1', status, nonce, sha256(text)].join('\n')
  return new Response(text, { status, headers: { 'X-Chrono-Signature': hmac(signed, by) } })
}

function clientOf(answering: Answering, seen: Asked[] = []) {
  return workerClient({
    url: 'https://oracle.example/base/',
    secret,
    nowMs: () => 1_234,
    fetch: async (url, init) => {
      const asked = {
        url: url instanceof URL ? url.href : '',
        headers: new Headers(init?.headers),
        body: typeof init?.body === 'string' ? init.body : '',
      }
      seen.push(asked)
      return await answering(asked)
    },
  })
}

test('a request is signed over method, path, time, nonce and body', async () => {
  const seen: Asked[] = []
  const client = clientOf((asked) => signedAnswer(asked, 200, lease), seen)
  expect(await client.lease('holder-of-it', 1_000)).toEqual({ kind: 'answered', value: lease })
  await client.lease('holder-of-it', 1_000)

  const [first, second] = seen
  if (first === undefined || second === undefined) throw new Error('Two requests were made.')
  expect(first.url).toBe('https://oracle.example/base/bridge/v1/lease')
  expect(first.body).toBe('{"holder":"holder-of-it"}')
  const nonce = first.headers.get('X-Chrono-Nonce') ?? ''
  expect(nonce).toMatch(/^[0-9a-f]{32}$/)
  expect(second.headers.get('X-Chrono-Nonce')).not.toBe(nonce)
  const text = [
    'chrono-bridge-request-v1',
    'POST',
    '/base/bridge/v1/lease',
    1_234,
    nonce,
    sha256(first.body),
  ]
  expect(first.headers.get('X-Chrono-Time')).toBe('1234')
  expect(first.headers.get('X-Chrono-Signature')).toBe(hmac(text.join('\n')))
})

test('a refusal of the Worker is its word', async () => {
  const client = clientOf((asked) => signedAnswer(asked, 409, { code: 'lease-taken', title: 'x' }))
  expect(await client.lease('holder-of-it', 1_000)).toEqual({
    kind: 'refused',
    status: 409,
    code: 'lease-taken',
  })
})

describe('counts as no answer at all:', () => {
  test.each<{ name: string; answering: Answering; says: RegExp }>([
    { name: 'one without a signature', answering: () => Response.json(lease), says: /not signed/ },
    {
      name: 'one signed with another secret',
      answering: (asked) => signedAnswer(asked, 200, lease, `${secret}!`),
      says: /not signed/,
    },
    {
      name: 'one whose status was changed on the way',
      answering: (asked) => {
        const { headers } = signedAnswer(asked, 200, { code: 'lease-taken' })
        return new Response('{"code":"lease-taken"}', { status: 409, headers })
      },
      says: /not signed/,
    },
    {
      name: 'one whose body was changed on the way',
      answering: (asked) => {
        const { headers } = signedAnswer(asked, 200, lease)
        return Response.json({ ...lease, fencing_token: 4 }, { headers })
      },
      says: /not signed/,
    },
    {
      name: 'one that answers another request',
      answering: (asked) => {
        const nonce = { ...asked, headers: new Headers({ 'X-Chrono-Nonce': '00'.repeat(16) }) }
        return signedAnswer(nonce, 200, lease)
      },
      says: /not signed/,
    },
    {
      name: 'a failure of the Worker',
      answering: (asked) => signedAnswer(asked, 503, { code: 'rounds-unavailable' }),
      says: /failed \(503\)/,
    },
    {
      name: 'one of another shape',
      answering: (asked) => signedAnswer(asked, 200, { ...lease, more: 1 }),
      says: /another shape/,
    },
    {
      name: 'one that is too long',
      answering: (asked) => signedAnswer(asked, 200, ' '.repeat(300_000)),
      says: /too long/,
    },
    {
      name: 'none',
      answering: () => {
        throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
      },
      says: /ECONNREFUSED/,
    },
  ])('$name', async ({ answering, says }) => {
    const answer = await clientOf(answering).lease('holder-of-it', 1_000)
    expect(answer).toEqual({ kind: 'unreachable', reason: expect.stringMatching(says) })
  })
})

test('an answer that does not come in time is not waited for', async () => {
  const client = workerClient({
    url: 'https://oracle.example',
    secret,
    nowMs: () => 0,
    fetch: (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
      }),
  })
  const answer = await client.lease('holder-of-it', 20)
  expect(answer).toEqual({ kind: 'unreachable', reason: 'No answer in time.' })
})
