import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TokenBucket } from '../../../src/api/token-bucket.ts'

const atMs = 1_700_000_000_000

function takenAt(bucket: TokenBucket, nowMs: number, tries: number): number {
  return Array.from({ length: tries }, () => bucket.take(nowMs)).filter(Boolean).length
}

describe('TokenBucket', () => {
  test('gives its capacity at once, and then as much as comes in', () => {
    const bucket = new TokenBucket({ perSecond: 50, capacity: 60 })
    expect(takenAt(bucket, atMs, 100)).toBe(60)
    expect(takenAt(bucket, atMs + 19, 100)).toBe(0)
    expect(takenAt(bucket, atMs + 20, 100)).toBe(1)
    expect(takenAt(bucket, atMs + 1_020, 100)).toBe(50)
  })

  test('never holds more than its capacity, however long it is left alone', () => {
    const bucket = new TokenBucket({ perSecond: 50, capacity: 60 })
    bucket.take(atMs)
    expect(takenAt(bucket, atMs + 86_400_000, 100)).toBe(60)
  })

  test('a clock that goes back gives nothing, and holds nothing up', () => {
    const bucket = new TokenBucket({ perSecond: 50, capacity: 50 })
    expect(takenAt(bucket, atMs, 100)).toBe(50)
    expect(takenAt(bucket, atMs - 1_000, 100)).toBe(0)
    expect(takenAt(bucket, atMs - 980, 100)).toBe(1)
  })

  test('property: no stretch of time gives more than the capacity and what came in meanwhile', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100), { maxLength: 200 }), (gaps) => {
        const bucket = new TokenBucket({ perSecond: 50, capacity: 10 })
        let nowMs = atMs
        let taken = 0
        for (const gap of gaps) {
          nowMs += gap
          if (bucket.take(nowMs)) taken += 1
          expect(taken).toBeLessThanOrEqual(10 + ((nowMs - atMs) * 50) / 1_000 + 1e-6)
        }
      }),
    )
  })
})
