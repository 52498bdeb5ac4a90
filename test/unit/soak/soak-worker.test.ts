/** How the soak's Worker times a takeover. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { workerClient } from '../../../signer-bridge/worker-client.ts'
import { leaseMs } from '../../../src/protocol/bridge-wire.ts'
import { type SoakWorker, startSoakWorker } from '../../soak/worker.ts'

let worker: SoakWorker
beforeEach(async () => {
  // Its clock alone: over the wire time goes on.
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  worker = await startSoakWorker()
})
afterEach(() => {
  worker.stop()
  vi.useRealTimers()
})

const askedBy = async (holder: string) => {
  const { url, secret } = worker
  const { lease } = workerClient({ url, secret, fetch, nowMs: () => Date.now() })
  return (await lease(holder, 2_000)).kind
}
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)
const [one, other] = ['1'.repeat(32), '2'.repeat(32)]

test('counts from the last word of the first to the lease of the second', async () => {
  expect(await askedBy(one)).toBe('answered')
  pass(5_000)
  await askedBy(one)
  pass(leaseMs - 1)
  expect(await askedBy(other)).toBe('refused')
  pass(401)
  expect(await askedBy(other)).toBe('answered')
  expect(worker.takeoversMs).toEqual([leaseMs + 400])
  expect(worker.counts()).toMatchObject({ takeovers: 1 })
})

test('times none in which it was itself away: it could give the lease to nobody', async () => {
  await askedBy(one)
  worker.faults.downUntilMs = Date.now() + 30_000
  pass(20_000)
  expect(await askedBy(other)).toBe('unreachable')
  pass(15_000)
  expect(await askedBy(other)).toBe('answered')
  expect(worker.takeoversMs).toEqual([])
  expect(worker.counts()).toMatchObject({ 'takeovers after an absence of its own': 1 })
})
