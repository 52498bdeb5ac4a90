import { evictDurableObject, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, test } from 'vitest'
import type { Ticker } from '../../src/core/quote.ts'

afterEach(reset)

const nowMs = 1_795_343_445_000

function inbox() {
  return env.INBOX.getByName('inbox:v1:eu-1')
}

function ticker(differing: Partial<Ticker> = {}): Ticker {
  return {
    source: 'kraken',
    market: 'XBTUSD',
    last: 100,
    observedAtMs: nowMs,
    observedKind: 'ticker',
    ...differing,
  }
}

describe('nonces', () => {
  test('are used once, also after an eviction, until no request could bring them again', async () => {
    expect(await inbox().admit('a', nowMs, 10)).toEqual({ kind: 'fresh' })
    await evictDurableObject(inbox())
    expect(await inbox().admit('a', nowMs, 10)).toEqual({ kind: 'used' })
    expect(await inbox().admit('a', nowMs + 60_000, 10)).toEqual({ kind: 'used' })
    expect(await inbox().admit('a', nowMs + 60_001, 10)).toEqual({ kind: 'fresh' })
  })

  test('are as many in a minute as requests may be; then it is said when the next may come', async () => {
    for (const nonce of ['a', 'b', 'c']) {
      expect(await inbox().admit(nonce, nowMs, 3)).toEqual({ kind: 'fresh' })
    }
    const freeAtMs = nowMs + 60_001
    expect(await inbox().admit('d', nowMs + 20_000, 3)).toEqual({ kind: 'too-many', freeAtMs })
    expect(await inbox().admit('d', freeAtMs - 1, 3)).toEqual({ kind: 'too-many', freeAtMs })
    expect(await inbox().admit('d', freeAtMs, 3)).toEqual({ kind: 'fresh' })
  })
})

describe('tickers', () => {
  test('are the newest of each market', async () => {
    const eth = ticker({ market: 'ETHUSD', last: 7 })
    await inbox().deliver([ticker(), eth], nowMs)
    await inbox().deliver([ticker({ last: 101, observedAtMs: nowMs + 1 })], nowMs + 1)
    await inbox().deliver([ticker({ last: 99, observedAtMs: nowMs - 1 })], nowMs + 2)
    const held = await inbox().delivered(nowMs + 3)
    expect(held.map(({ market, last }) => [market, last])).toEqual([
      ['ETHUSD', 7],
      ['XBTUSD', 101],
    ])
  })

  test('are held for two minutes from when they were seen', async () => {
    await inbox().deliver([ticker()], nowMs)
    expect(await inbox().delivered(nowMs + 120_000)).toHaveLength(1)
    expect(await inbox().delivered(nowMs + 120_001)).toEqual([])
  })

  test('are held for two minutes from when they were brought, where trades date them', async () => {
    await inbox().deliver([ticker({ observedKind: 'trade', observedAtMs: 1 })], nowMs)
    expect(await inbox().delivered(nowMs + 120_000)).toHaveLength(1)
    expect(await inbox().delivered(nowMs + 120_001)).toEqual([])
  })

  test('are no more than can be held: those that came first are let go', async () => {
    const many = Array.from({ length: 4_001 }, (_, i) => ticker({ market: `M${i}` }))
    await inbox().deliver(many, nowMs)
    const held = await inbox().delivered(nowMs)
    expect(held).toHaveLength(4_000)
    expect(held[0]?.market).toBe('M1')
  })

  test('are lost with an eviction, which history does not mind', async () => {
    await inbox().deliver([ticker()], nowMs)
    await evictDurableObject(inbox())
    expect(await inbox().delivered(nowMs)).toEqual([])
  })
})
