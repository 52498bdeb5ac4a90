import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Freeze } from '../../durable-objects/round.ts'
import { leaseMs, type SubmissionReport } from '../../src/protocol/bridge-wire.ts'
import { aUuid } from '../support/history.ts'
import {
  aReport,
  aReservation,
  aRound,
  aSignature,
  roundStartMs,
  someFeeds,
} from '../support/rounds.ts'

afterEach(reset)

const nowMs = roundStartMs + 70_000
const round = () => env.ROUND.getByName('round:v1:flare')
const evict = async () => evictDurableObject(round())

function aFreeze(differing: Partial<Freeze> = {}): Freeze {
  return {
    votingRoundId: aRound,
    fencingToken: 1,
    feeds: someFeeds,
    body: '{"the":"first"}',
    quotes: ['["quote"]'],
    endsAtMs: roundStartMs + 90_000,
    ...differing,
  }
}

const lost = { kind: 'refused', code: 'lease-lost' }
const first = { kind: 'frozen', body: '{"the":"first"}' }

describe('the lease', () => {
  test('is one bridge’s at a time, also over evictions', async () => {
    expect(await round().lease('bridge-a', nowMs)).toMatchObject({ lease: { fencingToken: 1 } })
    await evict()
    expect(await round().lease('bridge-b', nowMs + leaseMs - 1)).toMatchObject({ kind: 'taken' })
    expect(await round().lease('bridge-a', nowMs + 1)).toMatchObject({ lease: { fencingToken: 1 } })
    await evict()
    expect(await round().lease('bridge-b', nowMs + leaseMs + 1)).toMatchObject({
      lease: { holder: 'bridge-b', fencingToken: 2 },
    })
    await evict()
    expect(await round().lease('bridge-a', nowMs + leaseMs + 2)).toMatchObject({ kind: 'taken' })
  })

  test('goes to one of many that ask at once', async () => {
    const asked = Array.from({ length: 5 }, async (_, i) => round().lease(`bridge-${i}`, nowMs))
    const kinds = (await Promise.all(asked)).map(({ kind }) => kind)
    expect(kinds.toSorted()).toEqual(['held', 'taken', 'taken', 'taken', 'taken'])
  })

  test('that is nobody’s allows nothing', async () => {
    expect(await round().frozen(aFreeze())).toEqual(lost)
    expect(await round().freeze(aFreeze())).toEqual(lost)
    expect(await round().reserve(aReservation())).toEqual(lost)
  })
})

describe('a bridge that stands by', () => {
  beforeEach(async () => {
    await round().lease('bridge-a', nowMs)
  })

  test('is told the newest vector from a round on, without the lease', async () => {
    expect(await round().standBy('bridge-b', -1, aRound - 1, nowMs)).toBeUndefined()
    await round().freeze(aFreeze())
    await round().freeze(aFreeze({ votingRoundId: aRound - 1, body: '{"the":"older"}' }))
    await evict()
    expect(await round().standBy('bridge-b', -1, aRound - 1, nowMs)).toBe('{"the":"first"}')
    expect(await round().standBy('bridge-b', -1, aRound + 1, nowMs)).toBeUndefined()
  })

  test('is waited for until it has the vector, also over an eviction', async () => {
    expect(await round().isAwaited(aRound, nowMs)).toBe(false)
    await round().standBy('bridge-b', aRound - 1, aRound - 1, nowMs)
    await evict()
    expect(await round().isAwaited(aRound, nowMs)).toBe(true)
    expect(await round().isAwaited(aRound - 1, nowMs)).toBe(false)
    await round().standBy('bridge-b', aRound, aRound - 1, nowMs + 1)
    expect(await round().isAwaited(aRound, nowMs + 1)).toBe(false)
  })

  test('that fell silent is not waited for, nor is whoever has the lease', async () => {
    await round().standBy('bridge-b', -1, aRound, nowMs)
    expect(await round().isAwaited(aRound, nowMs + 9_999)).toBe(true)
    expect(await round().isAwaited(aRound, nowMs + 10_000)).toBe(false)
    await round().standBy('bridge-a', -1, aRound, nowMs + 10_000)
    expect(await round().isAwaited(aRound, nowMs + 10_000)).toBe(false)
  })

  test('is counted while it is heard, beside the one that acts', async () => {
    await round().standBy('bridge-b', -1, aRound, nowMs)
    await evict()
    expect(await round().bridgesHeard(nowMs + 9_999)).toEqual({ actingAtMs: nowMs, standbys: 1 })
    await round().lease('bridge-a', nowMs + 5_000)
    expect(await round().bridgesHeard(nowMs + 10_000)).toEqual({
      actingAtMs: nowMs + 5_000,
      standbys: 0,
    })
  })

  test('is forgotten behind eight that were heard since', async () => {
    await round().standBy('bridge-b', -1, aRound, nowMs)
    for (let i = 0; i < 8; i += 1) await round().standBy(`other-${i}`, aRound, aRound, nowMs + 1)
    expect(await round().isAwaited(aRound, nowMs + 1)).toBe(false)
  })
})

describe('with the lease', () => {
  beforeEach(async () => {
    await round().lease('bridge-a', nowMs)
  })

  describe('a frozen round', () => {
    test('is what was frozen first, for ever', async () => {
      expect(await round().frozen(aFreeze())).toBeUndefined()
      expect(await round().freeze(aFreeze())).toEqual(first)
      await evict()
      expect(await round().freeze(aFreeze({ body: '{"the":"second"}' }))).toEqual(first)
      expect(await round().frozen(aFreeze())).toEqual(first)
      expect(await round().released(Infinity)).toHaveLength(1)
    })

    test('that cannot be stored is not answered, and another may be', async () => {
      const failed = await runInDurableObject(round(), (object, { storage }) => {
        storage.sql.exec(
          `CREATE TRIGGER full BEFORE INSERT ON round BEGIN SELECT RAISE(ABORT, 'disk full'); END`,
        )
        try {
          return object.freeze(aFreeze())
        } catch (error) {
          return String(error)
        } finally {
          storage.sql.exec('DROP TRIGGER full')
        }
      })
      expect(failed).toMatch(/disk full/)
      await evict()
      expect(await round().frozen(aFreeze())).toBeUndefined()
      expect(await round().freeze(aFreeze({ body: '{"the":"second"}' }))).toEqual({
        kind: 'frozen',
        body: '{"the":"second"}',
      })
    })

    test('is one of those that were made at once', async () => {
      const bodies = ['a', 'b', 'c', 'd'].map((name) => `{"made":"${name}"}`)
      const answers = await Promise.all(
        bodies.map(async (body) => round().freeze(aFreeze({ body }))),
      )
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
      expect(answers[0]).toEqual(await round().frozen(aFreeze()))
    })

    test('is refused to whoever asks for other feeds, or the same in another order', async () => {
      await round().freeze(aFreeze())
      await evict()
      const differ = { kind: 'refused', code: 'feeds-differ' }
      const feeds = someFeeds.toReversed()
      expect(await round().freeze(aFreeze({ feeds }))).toEqual(differ)
      expect(await round().frozen(aFreeze({ feeds: someFeeds.slice(1) }))).toEqual(differ)
      expect(await round().frozen(aFreeze())).toEqual(first)
    })

    test('is handed to the bridge that takes over, and no longer to the one before', async () => {
      await round().freeze(aFreeze())
      await round().lease('bridge-b', nowMs + leaseMs)
      await evict()
      expect(await round().frozen(aFreeze())).toEqual(lost)
      expect(await round().freeze(aFreeze({ fencingToken: 2, body: '{}' }))).toEqual(first)
      const next = { votingRoundId: aRound + 1, body: '{}' }
      expect(await round().freeze(aFreeze(next))).toEqual(lost)
      expect(await round().frozen(aFreeze({ ...next, fencingToken: 2 }))).toBeUndefined()
    })

    test('is forgotten in the order of arrival, after ten thousand others', async () => {
      await round().freeze(aFreeze())
      const count = await runInDurableObject(round(), (object, { storage }) => {
        // Numbers far below, as after a change of the rounds' length: they are newer all the same.
        for (let id = 0; id < 9_999; id += 1)
          object.freeze(aFreeze({ votingRoundId: id, quotes: [] }))
        const known = object.frozen(aFreeze())
        object.freeze(aFreeze({ votingRoundId: 9_999, quotes: [] }))
        const gone = object.frozen(aFreeze())
        const rows = storage.sql.exec<{ n: number }>('SELECT count(*) AS n FROM round').one().n
        return { known, gone, rows }
      })
      expect(count).toEqual({ known: first, gone: undefined, rows: 10_000 })
    })
  })

  describe('the quotes of a freeze', () => {
    test('are withheld until exactly the end of the round, and until they are forgotten', async () => {
      await round().freeze(aFreeze({ quotes: ['["a"]', '["b"]'] }))
      await evict()
      expect(await round().released(roundStartMs + 89_999)).toEqual([])
      const released = await round().released(roundStartMs + 90_000)
      expect(released.map(({ quotes }) => quotes)).toEqual(['["a"]', '["b"]'])
      await round().forget(released[0]?.id ?? 0)
      await evict()
      expect(await round().released(roundStartMs + 90_000)).toEqual([released[1]])
    })
  })

  describe('a reservation', () => {
    test('is for one digest and no other, for ever', async () => {
      expect(await round().reserve(aReservation())).toEqual({ kind: 'reserved' })
      await evict()
      expect(await round().reserve(aReservation())).toEqual({ kind: 'reserved' })
      const other = aReservation({ digest: `0x${'b'.repeat(64)}` })
      const differs = { kind: 'refused', code: 'digest-differs' }
      expect(await round().reserve(other)).toEqual(differs)
      await round().lease('bridge-b', nowMs + leaseMs)
      expect(await round().reserve(aReservation())).toEqual(lost)
      expect(await round().reserve({ ...other, fencing_token: 2 })).toEqual(differs)
      expect(await round().reserve(aReservation({ fencing_token: 2 }))).toEqual({
        kind: 'reserved',
      })
    })

    test('knows a signer however its address is capitalised', async () => {
      const { signer } = aReservation()
      await round().reserve(aReservation())
      const capitals = aReservation({
        signer: `0x${signer.slice(2).toUpperCase()}`,
        digest: `0x${'b'.repeat(64)}`,
      })
      expect(await round().reserve(capitals)).toMatchObject({ code: 'digest-differs' })
    })

    test.each([
      { name: 'signer', differing: { signer: `0x${'9'.repeat(40)}` } },
      { name: 'kind', differing: { kind: 'root' } },
      { name: 'protocol', differing: { protocol_id: 200 } },
      { name: 'round', differing: { voting_round_id: aRound + 1 } },
    ] as const)('of another $name is another', async ({ differing }) => {
      await round().reserve(aReservation())
      const other = aReservation({ ...differing, digest: `0x${'b'.repeat(64)}` })
      expect(await round().reserve(other)).toEqual({ kind: 'reserved' })
    })

    test('goes to one of two digests that ask at once', async () => {
      const digests = [`0x${'a'.repeat(64)}`, `0x${'b'.repeat(64)}`] as const
      const answers = await Promise.all(
        digests.map(async (digest) => round().reserve(aReservation({ digest }))),
      )
      expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['refused', 'reserved'])
    })
  })
})

describe('a nonce', () => {
  const nonce = 'ab'.repeat(16)

  test('is used once, also over an eviction, and forgotten when its request would be too old', async () => {
    expect(await round().useNonce(nonce, nowMs)).toBe('fresh')
    await evict()
    expect(await round().useNonce(nonce, nowMs)).toBe('used')
    expect(await round().useNonce(nonce, nowMs + 60_000)).toBe('used')
    expect(await round().useNonce(nonce, nowMs + 60_001)).toBe('fresh')
  })

  test('is refused when there are too many of them to be remembered', async () => {
    const last = await runInDurableObject(round(), (object) => {
      for (let i = 0; i < 10_000; i += 1) object.useNonce(String(i), nowMs)
      return [object.useNonce('one more', nowMs), object.useNonce('0', nowMs)]
    })
    expect(last).toEqual(['too-many', 'used'])
    expect(await round().useNonce('one more', nowMs + 60_001)).toBe('fresh')
  })
})

describe('reports', () => {
  const reveal = aReport({ id: aUuid(2), kind: 'submit2', at: roundStartMs + 102_000 })
  const ids = (reports: readonly SubmissionReport[]) => reports.map(({ id }) => id)

  beforeEach(async () => {
    await round().lease('bridge-a', nowMs)
    await round().freeze(aFreeze())
  })

  test.each([
    { name: 'nothing is reported', reports: [] },
    { name: 'a commit is confirmed', reports: [aReport()] },
    { name: 'a reveal is sent', reports: [aReport({ kind: 'submit2', status: 'sent' })] },
    { name: 'a reveal failed', reports: [aReport({ kind: 'submit2', status: 'failed' })] },
    {
      name: 'another round is revealed',
      reports: [aReport({ kind: 'submit2', voting_round_id: aRound + 1 })],
    },
  ])('while $name, the round is a secret', async ({ reports }) => {
    await round().report(reports)
    await evict()
    expect(await round().revealed(aRound)).toBeUndefined()
    expect(await round().revealed(aRound + 1)).toBeUndefined()
  })

  test('of a confirmed reveal make the round public, with the first one’s signature', async () => {
    await round().report([reveal])
    await round().report([{ ...reveal, id: aUuid(3), signature: `0x${'9'.repeat(130)}` }])
    await evict()
    expect(await round().revealed(aRound)).toEqual({ body: first.body, reveal })
    expect(reveal.signature).toBe(aSignature)
  })

  test('are remembered once each, by round, in the order in which they came', async () => {
    const sent = aReport({ id: aUuid(9), status: 'sent' })
    await round().report([sent, aReport()])
    await round().report([{ ...sent, error: 'told again' }, reveal])
    await round().report([aReport({ id: aUuid(5), voting_round_id: aRound + 2 })])
    await evict()
    expect(await round().rounds(aRound, aRound + 1)).toEqual([
      { votingRoundId: aRound, isFrozen: true, reports: [sent, aReport(), reveal] },
    ])
    expect(await round().rounds(aRound + 1, aRound + 2)).toMatchObject([
      { votingRoundId: aRound + 2, isFrozen: false },
    ])
    expect(await round().rounds(aRound + 3, aRound + 9)).toEqual([])
  })

  test('are told newest first, page by page', async () => {
    const at = roundStartMs
    const reports = [1, 2, 3, 4, 5].map((n) =>
      aReport({ id: aUuid(n), at: at + Math.floor(n / 2) }),
    )
    await round().report(reports)
    expect(ids(await round().submissions(2))).toEqual([aUuid(5), aUuid(4)])
    const place = { atMs: at + 2, id: aUuid(4) }
    expect(ids(await round().submissions(2, place))).toEqual([aUuid(3), aUuid(2)])
  })

  test('are bounded: what came first is forgotten', async () => {
    const rows = await runInDurableObject(round(), (object, { storage }) => {
      const { sql } = storage
      object.report([aReport()])
      // As if as many as may be had come in between.
      sql.exec("UPDATE sqlite_sequence SET seq = seq + 59_999 WHERE name = 'report'")
      object.report([reveal])
      return sql.exec<{ id: string }>('SELECT id FROM report').toArray()
    })
    expect(rows).toEqual([{ id: reveal.id }])
  })
})
