import { describe, expect, test } from 'vitest'
import { type HeldLease, leaseAfter } from '../../../src/core/lease.ts'
import { leaseMs } from '../../../src/protocol/bridge-wire.ts'

const held: HeldLease = { holder: 'bridge-a', fencingToken: 7, expiresAtMs: 100_000 }

test('the first to ask gets the first token', () => {
  expect(leaseAfter(undefined, 'bridge-a', 5)).toEqual({
    kind: 'held',
    lease: { holder: 'bridge-a', fencingToken: 1, expiresAtMs: 5 + leaseMs },
  })
})

describe('the holder', () => {
  test.each([{ nowMs: 90_000 }, { nowMs: 99_999 }, { nowMs: 100_000 }, { nowMs: 9_000_000 }])(
    'renews at $nowMs under the same token',
    ({ nowMs }) => {
      expect(leaseAfter(held, 'bridge-a', nowMs)).toEqual({
        kind: 'held',
        lease: { ...held, expiresAtMs: nowMs + leaseMs },
      })
    },
  )

  test('never shortens its lease, though another isolate has a slower clock', () => {
    expect(leaseAfter(held, 'bridge-a', 1)).toEqual({ kind: 'held', lease: held })
  })
})

describe('another bridge', () => {
  test('is told until when the lease is taken, to the last millisecond', () => {
    expect(leaseAfter(held, 'bridge-b', 99_999)).toEqual({ kind: 'taken', expiresAtMs: 100_000 })
  })

  test('takes over exactly when it ends, under the next token', () => {
    expect(leaseAfter(held, 'bridge-b', 100_000)).toEqual({
      kind: 'held',
      lease: { holder: 'bridge-b', fencingToken: 8, expiresAtMs: 100_000 + leaseMs },
    })
  })
})
