import { describe, expect, test } from 'vitest'
import { HistoryError } from '../../../src/history/history-error.ts'
import type { Batch, QuoteRow } from '../../../src/history/history.ts'
import {
  drainSpilled,
  keepBatch,
  retryDelaySec,
  type SpillEvent,
  type SpilledObject,
  sweepSpill,
} from '../../../src/history/spill.ts'
import { aQuoteBatch, aQuoteRow, aUuid, anAggregateBatch } from '../../support/history.ts'
import { aReport } from '../../support/rounds.ts'

const down = new HistoryError('history-unreachable', 'Neon gave no answer: 503')
const refused = new HistoryError('history-refused', 'Postgres said 23514: no')
const batch = aQuoteBatch()
const nowMs = 10_000_000
const minuteMs = 60_000

type Failure = 'insert' | 'enqueue' | 'delete' | 'ping'

/** A world that writes a diary; a bucket is a map. Named parts of it fail. */
function aWorld(
  options: {
    failing?: readonly Failure[]
    failingPuts?: number
    insertError?: Error
    objects?: Readonly<Record<string, string>>
    /** Ids of the quotes that history refuses, with whatever batch they come. */
    refusing?: readonly string[]
    /** Batches after which history is down. */
    insertsUntilDown?: number
  } = {},
) {
  let insertsLeft = options.insertsUntilDown ?? Number.POSITIVE_INFINITY
  const stored = new Set<string>()
  const diary: string[] = []
  const bucket = new Map(Object.entries(options.objects ?? {}))
  const failing = new Set(options.failing)
  let putsToFail = options.failingPuts ?? 0
  const tryTo = (what: Failure) => {
    if (failing.has(what)) throw what === 'insert' ? (options.insertError ?? down) : new Error(what)
  }
  const deps = {
    insert: async ({ kind, rows }: Batch) => {
      tryTo('insert')
      if (insertsLeft <= 0) throw down
      insertsLeft -= 1
      const ids = rows.map((row) => ('id' in row ? row.id : ''))
      if (ids.some((id) => options.refusing?.includes(id))) throw refused
      for (const id of ids) stored.add(id)
      diary.push(`insert ${rows.length} ${kind}`)
    },
    putObject: async (key: string, body: string) => {
      if (putsToFail > 0) {
        putsToFail -= 1
        throw new Error('bucket')
      }
      diary.push(`put ${key}`)
      bucket.set(key, body)
    },
    readObject: async (key: string) => bucket.get(key),
    deleteObject: async (key: string) => {
      tryTo('delete')
      diary.push(`delete ${key}`)
      bucket.delete(key)
    },
    enqueue: async (key: string) => {
      tryTo('enqueue')
      diary.push(`enqueue ${key}`)
    },
    ping: async () => {
      tryTo('ping')
    },
    log: ({ event, rows, code, reason }: SpillEvent) => {
      diary.push(`log ${[event, rows, code, reason].filter(Boolean).join(', ')}`)
    },
  }
  return { deps, diary, bucket, stored }
}

/** Ordinary quotes, each with an id of its own: 0, 1, 2, … */
function quotes(count: number): QuoteRow[] {
  return Array.from({ length: count }, (_, i) => aQuoteRow({ id: aUuid(i) }))
}

describe('keepBatch', () => {
  test('stores what history takes, and touches nothing else', async () => {
    const { deps, diary } = aWorld()
    expect(await keepBatch(batch, 'tick-1', deps)).toEqual({ kind: 'stored', refused: 0 })
    expect(diary).toEqual(['insert 1 quotes'])
  })

  test('lays aside what history does not take, and sends its key', async () => {
    const { deps, diary, bucket } = aWorld({ failing: ['insert'] })
    expect(await keepBatch(batch, 'tick-1', deps)).toEqual({ kind: 'spilled', refused: 0 })
    expect(diary).toEqual([
      'log batch-spilled, history-unreachable, Neon gave no answer: 503',
      'put spill/tick-1.json',
      'enqueue spill/tick-1.json',
    ])
    expect(JSON.parse(bucket.get('spill/tick-1.json') ?? '')).toEqual(batch)
  })

  test('a key that cannot be sent costs nothing: the object is found by a sweep', async () => {
    const { deps, diary, bucket } = aWorld({ failing: ['insert', 'enqueue'] })
    expect(await keepBatch(batch, 'tick-1', deps)).toEqual({ kind: 'spilled', refused: 0 })
    expect(diary).toContain('log spill-enqueue-failed, enqueue')
    expect(bucket.size).toBe(1)
  })

  test('tries the bucket again before it gives a batch up', async () => {
    const { deps } = aWorld({ failing: ['insert'], failingPuts: 2 })
    expect(await keepBatch(batch, 'tick-1', deps)).toEqual({ kind: 'spilled', refused: 0 })
  })

  test('what neither history nor the bucket takes is lost, and said to be', async () => {
    const { deps, diary } = aWorld({ failing: ['insert'], failingPuts: 3 })
    expect(await keepBatch(batch, 'tick-1', deps)).toEqual({ kind: 'lost', refused: 0 })
    expect(diary.at(-1)).toBe('log batch-lost')
    expect(diary).not.toContain('enqueue spill/tick-1.json')
  })
})

describe('keepBatch, where history refuses a row', () => {
  const aside = 'spill-refused/tick-1.json'
  const rows = quotes(165)
  const [bad, worse] = [aUuid(17), aUuid(163)]

  test.each([
    { name: 'one', refusing: [bad] },
    { name: 'two', refusing: [bad, worse] },
  ])('stores all but $name, which it sets aside and counts', async ({ refusing }) => {
    const { deps, diary, bucket, stored } = aWorld({ refusing })
    const kept = await keepBatch(aQuoteBatch(...rows), 'tick-1', deps)
    expect(kept).toEqual({ kind: 'stored', refused: refusing.length })
    expect(stored.size).toBe(165 - refusing.length)
    expect([...bucket.keys()]).toEqual([aside])
    expect(JSON.parse(bucket.get(aside) ?? '')).toEqual({
      kind: 'quotes',
      rows: rows.filter(({ id }) => refusing.includes(id)),
    })
    const said = `log batch-refused, ${refusing.length}, history-refused, Postgres said 23514: no`
    expect(diary).toContain(said)
  })

  test('does not ask history for rows that are none: a whole venue costs two statements', async () => {
    const odd = rows.map((row, at) =>
      at % 3 === 0 ? { ...row, timestamp: row.timestamp + 0.5 } : row,
    )
    const { deps, diary, bucket, stored } = aWorld({
      refusing: odd.filter((_, at) => at % 3 === 0).map(({ id }) => id),
    })
    expect(await keepBatch(aQuoteBatch(...odd), 'tick-1', deps)).toEqual({
      kind: 'stored',
      refused: 55,
    })
    expect(stored.size).toBe(110)
    expect(diary.filter((line) => line.startsWith('insert'))).toEqual(['insert 110 quotes'])
    expect(diary).toContain('log batch-refused, 55, It is no row of its kind.')
    expect(JSON.parse(bucket.get(aside) ?? '')).toMatchObject({ rows: { length: 55 } })
  })

  test('spills the batch whole where history falls silent meanwhile', async () => {
    const { deps, bucket } = aWorld({ refusing: [bad], insertsUntilDown: 5 })
    expect(await keepBatch(aQuoteBatch(...rows), 'tick-1', deps)).toEqual({
      kind: 'spilled',
      refused: 0,
    })
    expect([...bucket.keys()]).toEqual(['spill/tick-1.json'])
    expect(JSON.parse(bucket.get('spill/tick-1.json') ?? '')).toEqual(aQuoteBatch(...rows))
  })

  test('spills the batch whole where so many are refused that a tick cannot find them all', async () => {
    let statements = 0
    const { deps, bucket } = aWorld({ failing: ['insert'], insertError: refused })
    const counting = async (part: Batch) => {
      statements += 1
      return deps.insert(part)
    }
    const kept = await keepBatch(aQuoteBatch(...rows), 'tick-1', { ...deps, insert: counting })
    expect(kept).toEqual({ kind: 'spilled', refused: 0 })
    expect(statements).toBe(1 + 64)
    expect([...bucket.keys()]).toEqual(['spill/tick-1.json'])
  })

  test('which nobody takes, the batch counts as lost', async () => {
    const { deps, diary, stored } = aWorld({ refusing: [bad], failingPuts: 3 })
    expect(await keepBatch(aQuoteBatch(...rows), 'tick-1', deps)).toEqual({
      kind: 'lost',
      refused: 0,
    })
    expect(stored.size).toBe(164)
    expect(diary.at(-1)).toBe('log batch-lost')
  })
})

describe('drainSpilled', () => {
  const key = 'spill/tick-1.json'

  test.each([
    { name: 'quotes', spilled: aQuoteBatch(), inserted: 'insert 1 quotes' },
    { name: 'aggregates', spilled: anAggregateBatch(), inserted: 'insert 1 aggregates' },
    {
      name: 'submissions',
      spilled: { kind: 'submissions', rows: [aReport()] },
      inserted: 'insert 1 submissions',
    },
  ])('stores spilled $name and forgets the object only then', async ({ spilled, inserted }) => {
    const { deps, diary, bucket } = aWorld({ objects: { [key]: JSON.stringify(spilled) } })
    expect(await drainSpilled(key, deps)).toEqual({ kind: 'stored', refused: 0 })
    expect(diary).toEqual([inserted, `delete ${key}`, 'log batch-drained'])
    expect(bucket.size).toBe(0)
  })

  test('an object that is gone has been stored by an earlier delivery', async () => {
    const { deps, diary } = aWorld()
    expect(await drainSpilled(key, deps)).toEqual({ kind: 'gone' })
    expect(diary).toEqual([])
  })

  test('while history is down the object stays and the queue is told', async () => {
    const { deps, bucket } = aWorld({
      failing: ['insert'],
      objects: { [key]: JSON.stringify(batch) },
    })
    await expect(drainSpilled(key, deps)).rejects.toBe(down)
    expect(bucket.has(key)).toBe(true)
  })

  test('a delete that fails is told to the queue, and the next delivery ends the matter', async () => {
    const objects = { [key]: JSON.stringify(batch) }
    await expect(drainSpilled(key, aWorld({ failing: ['delete'], objects }).deps)).rejects.toThrow()
    expect(await drainSpilled(key, aWorld({ objects }).deps)).toMatchObject({ kind: 'stored' })
  })

  test.each([
    { name: 'no JSON', body: '<html>' },
    { name: 'no object', body: '[]' },
    { name: 'rows of no kind', body: '{"kind":"secrets","rows":[]}' },
    { name: 'no rows', body: '{"kind":"quotes","rows":{}}' },
  ])('an object that holds $name is set aside, whole, and never tried again', async ({ body }) => {
    const { deps, diary, bucket } = aWorld({ objects: { [key]: body } })
    expect(await drainSpilled(key, deps)).toEqual({ kind: 'unreadable' })
    expect(diary).toEqual([
      'put spill-refused/tick-1.json',
      'log batch-refused, The object holds no batch.',
      `delete ${key}`,
    ])
    expect([...bucket]).toEqual([['spill-refused/tick-1.json', body]])
  })

  test('rows that are none are set aside as they are, and their neighbours are stored', async () => {
    const odd = [{ ...aQuoteRow({ id: aUuid(7) }), price: -1 }, { hello: 'world' }, null]
    const body = JSON.stringify({ kind: 'quotes', rows: [...odd, ...quotes(3)] })
    const { deps, diary, bucket, stored } = aWorld({ objects: { [key]: body } })
    expect(await drainSpilled(key, deps)).toEqual({ kind: 'stored', refused: 3 })
    expect(stored.size).toBe(3)
    expect(diary).toEqual([
      'insert 3 quotes',
      'put spill-refused/tick-1.json',
      'log batch-refused, 3, It is no row of its kind.',
      `delete ${key}`,
      'log batch-drained',
    ])
    const aside = bucket.get('spill-refused/tick-1.json') ?? ''
    expect(JSON.parse(aside)).toEqual({ kind: 'quotes', rows: odd })
  })

  test('rows that Postgres refuses for good are set aside too, and only they', async () => {
    const rows = quotes(165)
    const { deps, diary, bucket, stored } = aWorld({
      refusing: [aUuid(0), aUuid(90)],
      objects: { [key]: JSON.stringify(aQuoteBatch(...rows)) },
    })
    expect(await drainSpilled(key, deps)).toEqual({ kind: 'stored', refused: 2 })
    expect(stored.size).toBe(163)
    expect(diary).toContain('log batch-refused, 2, history-refused, Postgres said 23514: no')
    const aside = JSON.parse(bucket.get('spill-refused/tick-1.json') ?? '')
    expect(aside.rows).toEqual([rows[0], rows[90]])
    expect(bucket.has(key)).toBe(false)
  })

  test('where history falls silent meanwhile, the object stays and nothing is set aside', async () => {
    const objects = { [key]: JSON.stringify(aQuoteBatch(...quotes(165))) }
    const { deps, bucket } = aWorld({ refusing: [aUuid(3)], insertsUntilDown: 4, objects })
    await expect(drainSpilled(key, deps)).rejects.toBe(down)
    expect([...bucket.keys()]).toEqual([key])
  })

  test('a batch of which all is refused ends all the same, whatever its size', async () => {
    const { deps, bucket } = aWorld({
      failing: ['insert'],
      insertError: refused,
      objects: { [key]: JSON.stringify(aQuoteBatch(...quotes(600))) },
    })
    expect(await drainSpilled(key, deps)).toEqual({ kind: 'stored', refused: 600 })
    expect([...bucket.keys()]).toEqual(['spill-refused/tick-1.json'])
  })

  test('a copy that cannot be made leaves the object where it is', async () => {
    const { deps, bucket } = aWorld({ failingPuts: 1, objects: { [key]: 'rubbish' } })
    await expect(drainSpilled(key, deps)).rejects.toThrow('bucket')
    expect(bucket.has(key)).toBe(true)
  })
})

describe('sweepSpill', () => {
  const objects: SpilledObject[] = [
    { key: 'spill/old.json', uploadedAtMs: nowMs - 60 * minuteMs },
    { key: 'spill/exactly.json', uploadedAtMs: nowMs - 5 * minuteMs },
    { key: 'spill/young.json', uploadedAtMs: nowMs - 5 * minuteMs + 1 },
  ]

  /** Lists like a bucket: by prefix, and no more than asked for. */
  function listing(all: readonly SpilledObject[]) {
    return async (prefix: string, limit: number) =>
      all.filter(({ key }) => key.startsWith(prefix)).slice(0, limit)
  }

  test('sends the keys of objects that have waited five minutes or longer', async () => {
    const { deps, diary } = aWorld()
    const sent = await sweepSpill(nowMs, { ...deps, listObjects: listing(objects) })
    expect(sent).toBe(2)
    expect(diary).toEqual(['enqueue spill/old.json', 'enqueue spill/exactly.json'])
  })

  test('leaves objects that were set aside where they are', async () => {
    const { deps } = aWorld()
    const aside = [{ key: 'spill-refused/a.json', uploadedAtMs: 0 }]
    expect(await sweepSpill(nowMs, { ...deps, listObjects: listing(aside) })).toBe(0)
  })

  test('sends a hundred at most: the next sweep has the rest', async () => {
    const { deps } = aWorld()
    const many = Array.from({ length: 250 }, (_, i) => ({
      key: `spill/${i}.json`,
      uploadedAtMs: 0,
    }))
    expect(await sweepSpill(nowMs, { ...deps, listObjects: listing(many) })).toBe(100)
  })

  test('sends nothing while history is down', async () => {
    const { deps, diary } = aWorld({ failing: ['ping'] })
    expect(await sweepSpill(nowMs, { ...deps, listObjects: listing(objects) })).toBe(0)
    expect(diary).toEqual([])
  })

  test('a key that cannot be sent is logged and not counted', async () => {
    const { deps, diary } = aWorld({ failing: ['enqueue'] })
    expect(await sweepSpill(nowMs, { ...deps, listObjects: listing(objects) })).toBe(0)
    expect(diary).toEqual(Array(2).fill('log spill-enqueue-failed, enqueue'))
  })
})

describe('retryDelaySec', () => {
  test.each([
    { attempts: 0, delaySec: 5 },
    { attempts: 1, delaySec: 5 },
    { attempts: 2, delaySec: 10 },
    { attempts: 7, delaySec: 320 },
    { attempts: 8, delaySec: 600 },
    { attempts: 100, delaySec: 600 },
    { attempts: 5_000, delaySec: 600 },
  ])('after $attempts deliveries the queue waits $delaySec s', ({ attempts, delaySec }) => {
    expect(retryDelaySec(attempts)).toBe(delaySec)
  })
})
