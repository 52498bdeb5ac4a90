import { expect, test } from 'vitest'
import { outboxChore } from '../../../signer-bridge/chores.ts'
import { inMemory } from '../../../signer-bridge/journal/database.ts'
import { openJournal } from '../../../signer-bridge/journal/journal.ts'
import { metricsPage } from '../../../signer-bridge/metrics.ts'
import { paceOf } from '../../../signer-bridge/pace.ts'
import { reportOf } from '../../../signer-bridge/reports.ts'
import type { Answer } from '../../../signer-bridge/worker-client.ts'
import type { SubmissionReport } from '../../../src/protocol/bridge-wire.ts'

const signer = `0x${'ab'.repeat(20)}` as const
const owner = { chainId: 31_337, signers: [signer] } as const

function aReport(votingRoundId: number): SubmissionReport {
  const call = { signer, votingRoundId, kind: 'submit1', part: 'main' } as const
  return reportOf({ chainId: 31_337, call, status: 'sent', atMs: 1, attempts: 1 })
}

type Answering = (reports: readonly SubmissionReport[]) => Answer<readonly string[]>

function world(answering: Answering, count: number) {
  const journal = openJournal(inMemory, owner)
  for (let round = 1; round <= count; round += 1) journal.outbox.queueReport(aReport(round))
  const batches: number[] = []
  const absent = () => Promise.reject(new Error('Nothing but reports is sent.'))
  const chore = outboxChore({
    journal,
    worker: {
      lease: absent,
      freeze: absent,
      reserve: absent,
      standby: absent,
      report: async (reports) => {
        batches.push(reports.length)
        return answering(reports)
      },
    },
    log: () => undefined,
    metrics: metricsPage(),
    pace: paceOf({ roundSec: 90 }),
  })
  return { journal, batches, chore }
}

const taken: Answering = (reports) => ({ kind: 'answered', value: reports.map(({ id }) => id) })

test('reports go fifty at a time until none is left', async () => {
  const { journal, batches, chore } = world(taken, 120)
  for (let i = 0; i < 4; i += 1) await chore()
  expect(batches).toEqual([50, 50, 20])
  expect(journal.outbox.length()).toBe(0)
})

test('only what is acknowledged is forgotten', async () => {
  const { journal, chore } = world(() => ({ kind: 'answered', value: [aReport(2).id] }), 3)
  await chore()
  expect(journal.outbox.dueReports(9).map((report) => report.voting_round_id)).toEqual([1, 3])
})

test('a Worker that is away is asked less and less often, and half a minute apart at most', async () => {
  const { journal, chore } = world(() => ({ kind: 'unreachable', reason: 'away' }), 1)
  const pauses: number[] = []
  for (let i = 0; i < 8; i += 1) pauses.push(await chore())
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  expect(journal.outbox.length()).toBe(1)
})

test('one report that the Worker will never take holds up no other', async () => {
  const { journal, chore } = world((reports) => {
    const isBad = reports.some((report) => report.voting_round_id === 2)
    return isBad ? { kind: 'refused', status: 400, code: 'body-invalid' } : taken(reports)
  }, 3)
  for (let i = 0; i < 6; i += 1) await chore()
  expect(journal.outbox.length()).toBe(0)
})

test('the name of a report is a UUID of what it says, and of nothing else', () => {
  const { id } = aReport(1)
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(aReport(1).id).toBe(id)
  expect(aReport(2).id).not.toBe(id)
})
