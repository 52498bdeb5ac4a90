/**
 * The yardstick: a bare Hono Worker that does no more than it must. `/hello` answers a constant,
 * `/price` makes the same round trip to Upstash as a cached price does and trusts every answer.
 */

import { Hono } from 'hono'

/** Settings, and the SHA-256 of the key whose visits are counted. */
type Bindings = Readonly<
  Record<'UPSTASH_REDIS_REST_URL' | 'UPSTASH_REDIS_REST_TOKEN' | 'KEY_HASH', string>
>

const app = new Hono<{ Bindings: Bindings }>()

app.get('/hello', (context) => context.json({ status: 'ok' }))

app.get('/price', async ({ env, json }) => {
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
      ['MGET', 'price:BTC:latest'],
    ]),
  })
  // The stand-in is ours, and a yardstick has no doubts.
  const replies = (await response.json()) as readonly { readonly result: never }[]
  const [count, , leftMs, key, prices] = replies.map(({ result }) => result)
  const limit = JSON.parse(key ?? '').limit_per_minute
  return json({
    ...JSON.parse(prices?.[0] ?? ''),
    rate_limit: { limit, remaining: limit - (count ?? 0), reset_at: Date.now() + (leftMs ?? 0) },
  })
})

// oxlint-disable-next-line import/no-default-export -- A Worker's entry is its default export.
export default app
