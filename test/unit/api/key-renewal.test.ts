import { describe, expect, test } from 'vitest'
import { keyRenewal } from '../../../src/api/key-renewal.ts'
import { keyRing } from '../../../src/api/key-ring.ts'
import { CacheError } from '../../../src/cache/cache-error.ts'
import type { KeyRecord } from '../../../src/protocol/api-key.ts'
import { aCachedKey, aKeyRecord, startMs } from '../../support/api.ts'

/** Older than what is believed without a question. */
const oldMs = startMs + 300_001

/** A renewal over a key store that answers as told, and a diary of what came of it. */
function aRenewal(find: (hash: string) => Promise<KeyRecord | undefined>) {
  const diary: string[] = []
  const deferred: Promise<void>[] = []
  const world = { cacheIsDown: false }
  async function cached(line: string): Promise<void> {
    if (world.cacheIsDown) throw new CacheError('cache-timed-out', 'The cache is down.')
    diary.push(line)
  }
  const log = ({ event, code }: { readonly event: string; readonly code?: unknown }): void => {
    diary.push(`${event}: ${String(code)}`)
  }
  const unused = async (): Promise<never> => Promise.reject(new Error('not asked for'))
  const asked = async (hash: string): Promise<KeyRecord | undefined> => {
    diary.push(`find ${hash}`)
    return find(hash)
  }
  const keys = { find: asked, create: unused, list: unused, revoke: unused }
  const ring = keyRing({ keys, log })
  const cache = {
    admit: unused,
    publish: unused,
    read: unused,
    countListeners: unused,
    ping: unused,
    rememberKey: async (hash: string, { cachedAtMs }: { readonly cachedAtMs: number }) =>
      cached(`remember ${hash} as of ${cachedAtMs}`),
    forgetKey: async (hash: string) => cached(`forget ${hash}`),
  }
  const renewal = keyRenewal({ cache, log, defer: (work) => deferred.push(work) }, ring)
  const settled = async (): Promise<void> => {
    await Promise.all(deferred)
  }
  return { renewal, ring, diary, world, deferred, settled }
}

const never = new Promise<undefined>(() => undefined)

describe('a key that the cache gave', () => {
  test.each([
    { name: 'just confirmed', cachedAtMs: startMs },
    { name: 'exactly as old as is believed', cachedAtMs: startMs - 300_000 },
    { name: 'confirmed by a clock a little ahead', cachedAtMs: startMs + 1_000 },
  ])('is not looked up when it is $name', ({ cachedAtMs }) => {
    const { renewal, deferred } = aRenewal(async () => aKeyRecord())
    renewal.noticed('a', aCachedKey({}, cachedAtMs), startMs)
    expect(deferred).toEqual([])
  })

  test.each([
    { name: 'older', cachedAtMs: startMs - 300_001 },
    { name: 'from a future that cannot be', cachedAtMs: startMs + 300_001 },
  ])('is looked up when it is $name', async ({ cachedAtMs }) => {
    const { renewal, diary, settled } = aRenewal(async () => aKeyRecord())
    renewal.noticed('a', aCachedKey({}, cachedAtMs), startMs)
    await settled()
    expect(diary).toEqual(['find a', `remember a as of ${startMs}`])
  })

  test('is forgotten by cache and isolate if the key store does not know it', async () => {
    const { renewal, ring, diary, settled } = aRenewal(async () => undefined)
    ring.remember('a', aKeyRecord(), oldMs)
    renewal.noticed('a', aCachedKey(), oldMs)
    await settled()
    expect(diary).toEqual(['find a', 'forget a'])
    expect(ring.isUnknown('a', oldMs)).toBe(true)
    expect(ring.remembered('a', oldMs)).toBeUndefined()
  })

  test('is not put back if it was revoked here while it was looked up', async () => {
    let answer: (key: KeyRecord) => void = () => undefined
    const found = new Promise<KeyRecord>((resolve) => (answer = resolve))
    const { renewal, ring, diary, settled } = aRenewal(async () => found)
    renewal.noticed('a', aCachedKey(), oldMs)
    ring.revoke('a', oldMs + 1)
    answer(aKeyRecord())
    await settled()
    expect(diary).toEqual(['find a', 'forget a'])
    // Nor by a request that had asked the cache before.
    ring.remember('a', aKeyRecord(), oldMs)
    expect(ring.remembered('a', oldMs)).toBeUndefined()
  })
})

describe('a key that only this isolate remembers', () => {
  test('is looked up when it is a minute old, and not before', async () => {
    const { renewal, diary, settled } = aRenewal(async () => aKeyRecord())
    const remembered = { key: aKeyRecord(), heardAtMs: startMs }
    renewal.recalled('a', remembered, startMs + 59_999)
    expect(diary).toEqual([])
    renewal.recalled('a', remembered, startMs + 60_000)
    await settled()
    expect(diary).toEqual(['find a', `remember a as of ${startMs + 60_000}`])
  })

  test('shares its one look-up and the bound on all with those of the cache', () => {
    const { renewal, diary } = aRenewal(async () => never)
    const remembered = { key: aKeyRecord(), heardAtMs: startMs }
    renewal.noticed('a', aCachedKey(), oldMs)
    renewal.recalled('a', remembered, oldMs)
    expect(diary).toEqual(['find a'])
    for (let i = 0; i < 400; i += 1) renewal.recalled(`key ${i}`, remembered, oldMs)
    expect(diary).toHaveLength(300)
  })
})

describe('look-ups', () => {
  test('of one key are one at a time, and one that never ends holds up no other for good', () => {
    const { renewal, diary } = aRenewal(async () => never)
    renewal.noticed('a', aCachedKey(), oldMs)
    renewal.noticed('a', aCachedKey(), oldMs)
    renewal.noticed('b', aCachedKey(), oldMs + 1)
    renewal.noticed('a', aCachedKey(), oldMs + 29_999)
    expect(diary).toEqual(['find a', 'find b'])
    renewal.noticed('a', aCachedKey(), oldMs + 30_000)
    expect(diary).toEqual(['find a', 'find b', 'find a'])
  })

  test('of all keys are three hundred in half a minute', () => {
    const { renewal, diary } = aRenewal(async () => never)
    for (let i = 0; i < 400; i += 1) renewal.noticed(`key ${i}`, aCachedKey(), oldMs + i)
    expect(diary).toHaveLength(300)
    // The first two pauses have ended, and with them their places are free.
    for (let i = 0; i < 10; i += 1) renewal.noticed(`late ${i}`, aCachedKey(), oldMs + 30_001)
    expect(diary.slice(300)).toEqual(['find late 0', 'find late 1'])
  })

  test('that cannot tell the cache say so and are not repeated at once', async () => {
    const { renewal, diary, world, settled } = aRenewal(async () => aKeyRecord())
    world.cacheIsDown = true
    renewal.noticed('a', aCachedKey(), oldMs)
    await settled()
    renewal.noticed('a', aCachedKey(), oldMs + 1)
    expect(diary).toEqual(['find a', 'key-not-renewed: cache-timed-out'])
  })

  test('that break are logged without what broke them', async () => {
    const { renewal, diary, settled } = aRenewal(async () => Promise.reject(new Error('secret')))
    renewal.noticed('a', aCachedKey(), oldMs)
    await settled()
    expect(diary).toEqual(['find a', 'key-not-renewed: unexpected'])
  })
})
