import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, test } from 'vitest'
import { listings } from '../../src/catalogue.ts'
import { defaultPolicy } from '../../src/core/consensus.ts'
import { inboxes, ingestPorts } from '../../src/ingest-world.ts'

afterEach(reset)

const collector = {
  name: 'eu-1',
  secret: 'a secret between Worker and collector',
  sources: ['kraken'],
  requestsPerMinute: 2,
}

/** The collectors of some settings over the objects of this Worker; everything is kept. */
async function portsOf(collectors: (typeof collector)[]) {
  const kept: string[] = []
  const ports = await ingestPorts({
    env,
    settings: { collectors },
    policy: defaultPolicy,
    keep: async (_, name) => {
      kept.push(name)
      return { kind: 'stored', refused: 0 }
    },
    quoting: {
      sha1: async (bytes) => crypto.subtle.digest('SHA-1', bytes),
      nowMs: Date.now,
    },
    log: () => undefined,
  })
  return { ports, kept }
}

test('what a collector brings, the next tick hears beside the others', async () => {
  const { ports, kept } = await portsOf([collector])
  const listing = listings.find(
    ({ source, quoteCurrency }) => source === 'kraken' && quoteCurrency === 'USD',
  )
  const [hear] = inboxes(env, { collectors: [collector] })
  const nowMs = Date.now()
  const ticker = {
    source: 'kraken',
    market: listing?.market ?? '',
    last: 100,
    observed_at: nowMs,
    observed_kind: 'ticker' as const,
  }
  const batch = {
    collector: 'eu-1',
    batch_id: crypto.randomUUID(),
    tick_at: nowMs,
    tickers: [ticker],
  }
  expect(await hear?.(nowMs)).toEqual({ tickers: [], failures: [], latencyMs: {} })

  const outcome = await ports?.collectors.get('eu-1')?.ingest(batch, 'ab'.repeat(32))
  expect(outcome).toMatchObject({ kind: 'kept', where: 'stored', refused: [] })
  expect(kept).toEqual([`ingest-eu-1-${batch.batch_id}-abababababababab`])
  expect(await hear?.(nowMs)).toMatchObject({
    tickers: [{ source: 'kraken', market: listing?.market, last: 100, observedAtMs: nowMs }],
  })
})

test('a collector has its own limit and its own nonces', async () => {
  const { ports } = await portsOf([collector, { ...collector, name: 'us-1' }])
  const nowMs = Date.now()
  const admit = async (name: string, nonce: string) =>
    (await ports?.collectors.get(name)?.admit(nonce, nowMs))?.kind
  expect(await admit('eu-1', 'a')).toBe('fresh')
  expect(await admit('eu-1', 'a')).toBe('used')
  expect(await admit('eu-1', 'b')).toBe('fresh')
  expect(await admit('eu-1', 'c')).toBe('too-many')
  expect(await admit('us-1', 'a')).toBe('fresh')
})

test('a stranger signs with what nobody knows', async () => {
  const { ports } = await portsOf([collector])
  const known = await ports?.collectors.get('eu-1')?.hmacHex('text')
  const strange = await ports?.stranger.hmacHex('text')
  expect(strange).toMatch(/^[0-9a-f]{64}$/)
  expect(strange).not.toBe(known)
  const other = await portsOf([collector])
  expect(await other.ports?.stranger.hmacHex('text')).not.toBe(strange)
})

test('without collectors there is no door, and a source of no feed stops the start', async () => {
  expect((await portsOf([])).ports).toBeUndefined()
  await expect(portsOf([{ ...collector, sources: ['nowhere'] }])).rejects.toThrow(
    'INGEST_COLLECTORS: eu-1 names nowhere, which no feed has.',
  )
})
