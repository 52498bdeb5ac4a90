import { expect, test } from 'vitest'
import { leaseHolding } from '../../../signer-bridge/lease.ts'
import type { Answer } from '../../../signer-bridge/worker-client.ts'
import { paceOf } from '../../../signer-bridge/pace.ts'
import { type HeldLease, leaseAfter } from '../../../src/core/lease.ts'
import type { Lease } from '../../../src/protocol/bridge-wire.ts'
import { networks } from '../../../src/protocol/networks.ts'

function world() {
  const state = {
    nowMs: 0,
    steadyMs: undefined as number | undefined,
    answer: { kind: 'answered', value: { fencing_token: 3, expires_at: 60_000 } } as Answer<Lease>,
  }
  const events: string[] = []
  const holding = leaseHolding({
    worker: { lease: async () => state.answer },
    holder: 'holder-of-it',
    nowMs: () => state.nowMs,
    steadyMs: () => state.steadyMs ?? state.nowMs,
    marginMs: 2_000,
    retryMs: 1_000,
    deadlineMs: 1_000,
    log: ({ event }) => void events.push(event),
  })
  return { state, holding, events }
}

test('is renewed after a third of its time, and ends a margin before its end', async () => {
  const { state, holding, events } = world()
  expect(holding.token()).toBeUndefined()
  expect(await holding.renew()).toBe(20_000)
  expect(holding.token()).toBe(3)
  state.nowMs = 57_999
  expect(holding.token()).toBe(3)
  state.nowMs = 58_000
  expect(holding.token()).toBeUndefined()
  expect(events).toEqual(['lease-held'])
})

test('is believed in for a minute, whatever its date says', async () => {
  const { state, holding } = world()
  state.answer = { kind: 'answered', value: { fencing_token: 3, expires_at: 2 ** 53 - 1 } }
  expect(await holding.renew()).toBe(20_000)
  state.nowMs = 57_999
  expect(holding.token()).toBe(3)
  state.nowMs = 58_000
  expect(holding.token()).toBeUndefined()
})

test('outlives a Worker that is away, up to its own end', async () => {
  const { state, holding } = world()
  await holding.renew()
  state.answer = { kind: 'unreachable', reason: 'away' }
  state.nowMs = 30_000
  expect(await holding.renew()).toBe(1_000)
  expect(holding.token()).toBe(3)
  state.nowMs = 60_000
  expect(holding.token()).toBeUndefined()
})

test('is not made longer by a clock that is set back, nor by a machine that has slept', async () => {
  const { state, holding } = world()
  state.steadyMs = 500_000
  await holding.renew()
  state.nowMs = -3_600_000
  state.steadyMs = 557_999
  expect(holding.token()).toBe(3)
  state.steadyMs = 558_000
  expect(holding.token()).toBeUndefined()
  state.steadyMs = 500_001
  state.nowMs = 58_000
  expect(holding.token()).toBeUndefined()
})

test('is over at once when another bridge has it', async () => {
  const { state, holding, events } = world()
  await holding.renew()
  state.answer = { kind: 'refused', status: 409, code: 'lease-taken' }
  await holding.renew()
  expect(holding.token()).toBeUndefined()
  expect(events).toEqual(['lease-held', 'lease-refused'])
})

test('is kept through a refusal that is not about it', async () => {
  const { state, holding } = world()
  await holding.renew()
  state.answer = { kind: 'refused', status: 429, code: 'rate-limited' }
  await holding.renew()
  expect(holding.token()).toBe(3)
})

test('a second bridge has it within 20 s of the first one falling silent, whenever that is', async () => {
  const { retryMs, workerMs } = paceOf(networks.flare.schedule)
  for (let silentAtMs = 0; silentAtMs <= 16_000; silentAtMs += 250) {
    let nowMs = 0
    let given: HeldLease | undefined
    const holdingOf = (holder: string) =>
      leaseHolding({
        worker: {
          // The slowest answer that is still one.
          lease: async () => {
            nowMs += workerMs / 2
            const outcome = leaseAfter(given, holder, nowMs)
            nowMs += workerMs / 2
            if (outcome.kind === 'taken')
              return { kind: 'refused', status: 409, code: 'lease-taken' }
            given = outcome.lease
            const { fencingToken: fencing_token, expiresAtMs: expires_at } = outcome.lease
            return { kind: 'answered', value: { fencing_token, expires_at } }
          },
        },
        holder,
        nowMs: () => nowMs,
        steadyMs: () => nowMs,
        marginMs: 2_000,
        retryMs: retryMs * 2,
        deadlineMs: workerMs,
        log: () => undefined,
      })
    const first = holdingOf('first')
    const second = holdingOf('second')
    let lastWordMs = 0
    let dueMs = 0
    while (nowMs <= silentAtMs) {
      nowMs = dueMs
      dueMs = (await first.renew()) + nowMs
      lastWordMs = nowMs
    }
    while (second.token() === undefined) nowMs += await second.renew()
    expect(nowMs - lastWordMs).toBeLessThanOrEqual(20_000)
  }
})
