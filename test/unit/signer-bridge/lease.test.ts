import { expect, test } from 'vitest'
import { leaseHolding } from '../../../signer-bridge/lease.ts'
import type { Answer } from '../../../signer-bridge/worker-client.ts'
import { paceOf } from '../../../signer-bridge/pace.ts'
import { type HeldLease, leaseAfter } from '../../../src/core/lease.ts'
import { type Lease, leaseMs } from '../../../src/protocol/bridge-wire.ts'
import { networks } from '../../../src/protocol/networks.ts'

/** The Worker's lease as it is: some seconds from when it was asked for, by the Worker's own clock. */
function aLease(atMs: number): Answer<Lease> {
  return { kind: 'answered', value: { fencing_token: 3, expires_at: atMs + leaseMs } }
}

function world() {
  const state = {
    nowMs: 0,
    steadyMs: undefined as number | undefined,
    answer: aLease(0),
    /** So long is an answer on its way. */
    takesMs: 0,
  }
  const events: string[] = []
  const holding = leaseHolding({
    worker: {
      lease: async () => {
        state.nowMs += state.takesMs
        return state.answer
      },
    },
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
  expect(await holding.renew()).toBe(leaseMs / 3)
  expect(holding.token()).toBe(3)
  state.nowMs = 13_999
  expect(holding.token()).toBe(3)
  state.nowMs = 14_000
  expect(holding.token()).toBeUndefined()
  expect(events).toEqual(['lease-held'])
})

test.each([
  { clock: 'is 29 s slow', expiresAtMs: 29_000 + leaseMs },
  { clock: 'cannot read its date', expiresAtMs: 2 ** 53 - 1 },
])('lasts as long as the Worker gives it also where this clock $clock', async ({ expiresAtMs }) => {
  const { state, holding } = world()
  state.answer = { kind: 'answered', value: { fencing_token: 3, expires_at: expiresAtMs } }
  expect(await holding.renew()).toBe(leaseMs / 3)
  state.answer = { kind: 'unreachable', reason: 'away' }
  state.nowMs = 13_999
  await holding.renew()
  expect(holding.token()).toBe(3)
  state.nowMs = 14_000
  expect(holding.token()).toBeUndefined()
})

test('ends no later by a clock that is ahead', async () => {
  const { state, holding } = world()
  state.nowMs = 6_000
  await holding.renew()
  state.nowMs = 13_999
  expect(holding.token()).toBe(3)
  state.nowMs = 14_000
  expect(holding.token()).toBeUndefined()
})

test('is counted from when it was asked for, however late the answer', async () => {
  const { state, holding } = world()
  state.takesMs = 1_000
  state.answer = aLease(900)
  expect(await holding.renew()).toBe((leaseMs - 1_000) / 3)
  state.nowMs = 13_999
  expect(holding.token()).toBe(3)
  state.nowMs = 14_000
  expect(holding.token()).toBeUndefined()
})

test('outlives a Worker that is away, up to its own end', async () => {
  const { state, holding } = world()
  await holding.renew()
  state.answer = { kind: 'unreachable', reason: 'away' }
  state.nowMs = 10_000
  expect(await holding.renew()).toBe(1_000)
  expect(holding.token()).toBe(3)
  state.nowMs = leaseMs
  expect(holding.token()).toBeUndefined()
})

test('is not made longer by a clock that is set back, nor by a machine that has slept', async () => {
  const { state, holding } = world()
  state.steadyMs = 500_000
  await holding.renew()
  state.nowMs = -3_600_000
  state.steadyMs = 513_999
  expect(holding.token()).toBe(3)
  state.steadyMs = 514_000
  expect(holding.token()).toBeUndefined()
  state.steadyMs = 500_001
  state.nowMs = 14_000
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
