/**
 * The yardstick: a bare Hono Worker that does no more than it must. `/hello` answers a constant,
 * `/price` makes the same round trip to Upstash as a cached price does and trusts every answer;
 * `/feed-values` makes that of a value provider's client, and gives every feed the same value.
 */

import { Hono } from 'hono'

/** Settings, and the SHA-256 of the key whose visits are counted. */
type Bindings = Readonly<
  Record<'UPSTASH_REDIS_REST_URL' | 'UPSTASH_REDIS_REST_TOKEN' | 'KEY_HASH', string>
>

const app = new Hono<{ Bindings: Bindings }>()

app.get('/hello', (context) => context.json({ status: 'ok' }))

type Replies = readonly { readonly result: never }[]

/** What a pipeline with a visit's count, its key and more commands is answered. */
async function visit(env: Bindings, ...more: readonly (readonly string[])[]): Promise<Replies> {
  const rateKey = `rate:yardstick:${env.KEY_HASH}`
  const response = await fetch(`${env.UPSTASH_REDIS_REST_URL}/pipeline`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${env.UPSTASH_REDIS_REST_TOKEN}`,
      'Content-Type': 'application/json',
    },
    body: JSON.stringify([
      ['INCR', rateKey],
      ['EXPIRE', rateKey, 60, 'NX'],
      ['PTTL', rateKey],
      ['GET', `key:${env.KEY_HASH}`],
      ...more,
    ]),
  })
  // The stand-in is ours, and a yardstick has no doubts.
  return (await response.json()) as Replies
}

app.get('/price', async ({ env, json }) => {
  const replies = await visit(env, ['MGET', 'price:BTC:latest'])
  const [count, , leftMs, key, prices] = replies.map(({ result }) => result)
  const limit = JSON.parse(key ?? '').limit_per_minute
  return json({
    ...JSON.parse(prices?.[0] ?? ''),
    rate_limit: { limit, remaining: limit - (count ?? 0), reset_at: Date.now() + (leftMs ?? 0) },
  })
})

app.post('/feed-values', async ({ env, req, json }) => {
  const { feeds } = await req.json<{ readonly feeds: readonly unknown[] }>()
  await visit(env)
  return json({ data: feeds.map((feed) => ({ feed, value: 64_321.12 })) }, 201)
})

// oxlint-disable-next-line import/no-default-export -- A Worker's entry is its default export.
export default app
