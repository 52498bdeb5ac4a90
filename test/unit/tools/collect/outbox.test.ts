import { describe, expect, test } from 'vitest'
import type { IngestRequest } from '../../../../src/protocol/ingest-wire.ts'
import type { Posted } from '../../../../tools/collect/ingest-client.ts'
import { Outbox, tooOldMs } from '../../../../tools/collect/outbox.ts'
import { aUuid } from '../../../support/history.ts'
import { anIngestBatch } from '../../../support/ingest.ts'

const startMs = 1_000_000

function aBatch(number: number, tickAtMs = startMs): IngestRequest {
  return anIngestBatch({ batch_id: aUuid(number), tick_at: tickAtMs })
}

function accepted({ batch_id }: IngestRequest): Posted {
  const answer = {
    batch_id,
    accepted: 1,
    ids_sha256: '',
    kept: 'stored' as const,
    refused: 0,
    refusals: [],
  }
  return { kind: 'accepted', answer }
}

/** An outbox whose clock is moved by waiting, and the diary of what it did. */
function anOutbox(answer: (batch: IngestRequest, tries: number) => Posted | Promise<Posted>) {
  const diary: string[] = []
  const clock = { ms: startMs }
  const nameOf = (id: string) => Number.parseInt(id.slice(-4), 16)
  let tries = 0
  const outbox = new Outbox({
    post: async (batch) => {
      diary.push(`post ${nameOf(batch.batch_id)}`)
      tries += 1
      return answer(batch, tries)
    },
    nowMs: () => clock.ms,
    pause: async (ms) => {
      diary.push(`wait ${ms}`)
      clock.ms += ms
    },
    chance: () => 0,
    log: ({ event, batch_id, code }) => {
      const about = typeof code === 'string' ? ` ${code}` : ''
      if (event !== 'batch-not-accepted') diary.push(`${event} ${nameOf(String(batch_id))}${about}`)
    },
  })
  return { outbox, diary, clock }
}

const unreachable: Posted = { kind: 'again', reason: 'No answer.' }

describe('an outbox', () => {
  test('sends one batch after the other, in their order', async () => {
    const { outbox, diary } = anOutbox(accepted)
    outbox.add(aBatch(1))
    outbox.add(aBatch(2))
    await outbox.empty()
    expect(diary).toEqual(['post 1', 'batch-accepted 1', 'post 2', 'batch-accepted 2'])
    expect(outbox.totals).toEqual({ accepted: 2, refused: 0, dropped: 0 })
  })

  test('goes on after it was empty', async () => {
    const { outbox } = anOutbox(accepted)
    for (const number of [1, 2, 3]) {
      outbox.add(aBatch(number))
      await outbox.empty()
    }
    expect(outbox.totals.accepted).toBe(3)
    expect(outbox.waiting).toBe(0)
  })

  test('tries the same batch again after longer and longer waits', async () => {
    const { outbox, diary } = anOutbox((batch, tries) =>
      tries < 4 ? unreachable : accepted(batch),
    )
    outbox.add(aBatch(1))
    await outbox.empty()
    expect(diary).toEqual([
      'post 1',
      'wait 500',
      'post 1',
      'wait 1000',
      'post 1',
      'wait 2000',
      'post 1',
      'batch-accepted 1',
    ])
  })

  test('waits as long as it is told to', async () => {
    const { outbox, diary } = anOutbox((batch, tries) =>
      tries === 1 ? { kind: 'again', reason: 'rate-limited', waitMs: 7_000 } : accepted(batch),
    )
    outbox.add(aBatch(1))
    await outbox.empty()
    expect(diary).toContain('wait 7000')
  })

  test('gives up what is refused, and goes on with the next', async () => {
    const { outbox, diary } = anOutbox((batch, tries) =>
      tries === 1 ? { kind: 'refused', code: 'request-malformed' } : accepted(batch),
    )
    outbox.add(aBatch(1))
    outbox.add(aBatch(2))
    await outbox.empty()
    expect(diary).toEqual([
      'post 1',
      'batch-dropped 1 request-malformed',
      'post 2',
      'batch-accepted 2',
    ])
  })

  test('gives up what has grown too old for any vote, not before', async () => {
    const { outbox, clock, diary } = anOutbox(accepted)
    clock.ms = startMs + tooOldMs
    outbox.add(aBatch(1))
    await outbox.empty()
    clock.ms += 1
    outbox.add(aBatch(2))
    await outbox.empty()
    expect(diary).toEqual(['post 1', 'batch-accepted 1', 'batch-dropped 2 too-old'])
  })

  test('ends by itself while the Worker is away', async () => {
    const { outbox } = anOutbox(() => unreachable)
    outbox.add(aBatch(1))
    await outbox.empty()
    expect(outbox.totals.dropped).toBe(1)
  })

  test('lets the oldest go that is not under way when too many wait', async () => {
    const gate = Promise.withResolvers<undefined>()
    const { outbox, diary } = anOutbox(async (batch) => {
      await gate.promise
      return accepted(batch)
    })
    for (let number = 1; number <= 66; number += 1) outbox.add(aBatch(number))
    expect(outbox.waiting).toBe(64)
    gate.resolve(undefined)
    await outbox.empty()
    expect(diary.filter((line) => line.startsWith('batch-dropped'))).toEqual([
      'batch-dropped 2 queue-full',
      'batch-dropped 3 queue-full',
    ])
    expect(outbox.totals).toEqual({ accepted: 64, refused: 0, dropped: 2 })
  })

  test('that is closed sends nothing more', async () => {
    const gate = Promise.withResolvers<undefined>()
    const { outbox, diary } = anOutbox(async () => {
      await gate.promise
      return unreachable
    })
    outbox.add(aBatch(1))
    outbox.add(aBatch(2))
    await Promise.resolve()
    await Promise.resolve()
    outbox.close()
    gate.resolve(undefined)
    await outbox.empty()
    expect(diary.filter((line) => line.startsWith('post'))).toEqual(['post 1'])
    expect(outbox.waiting).toBe(0)
  })
})
