import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LocalWindows } from '../../../src/api/local-windows.ts'

describe('LocalWindows', () => {
  test('a window is as long as it was at its first request, and then begins anew', () => {
    const windows = new LocalWindows(60_000, 10)
    expect(windows.count('a', 1_000)).toEqual({ count: 1, resetAtMs: 61_000 })
    expect(windows.count('a', 60_999)).toEqual({ count: 2, resetAtMs: 61_000 })
    expect(windows.count('a', 61_000)).toEqual({ count: 1, resetAtMs: 121_000 })
  })

  test('clients are counted apart', () => {
    const windows = new LocalWindows(60_000, 10)
    windows.count('a', 0)
    expect(windows.count('b', 0).count).toBe(1)
  })

  test('beyond its most clients, the windows that began first are let go', () => {
    const windows = new LocalWindows(60_000, 2)
    for (const client of ['a', 'b', 'c']) windows.count(client, 0)
    expect(windows.count('c', 1).count).toBe(2)
    expect(windows.count('b', 1).count).toBe(2)
    expect(windows.count('a', 1).count).toBe(1)
  })

  test('property: counts as many as came since the window began, whenever they came', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20_000), { maxLength: 100 }), (gaps) => {
        const windows = new LocalWindows(60_000, 10)
        let nowMs = 0
        let begunAtMs = Number.NEGATIVE_INFINITY
        let count = 0
        for (const gap of gaps) {
          nowMs += gap
          if (nowMs - begunAtMs >= 60_000) {
            begunAtMs = nowMs
            count = 0
          }
          count += 1
          expect(windows.count('a', nowMs)).toEqual({ count, resetAtMs: begunAtMs + 60_000 })
        }
      }),
    )
  })
})
