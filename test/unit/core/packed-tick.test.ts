import { expect, test } from 'vitest'
import { packedTick, type RememberedTick, unpackedTick } from '../../../src/core/packed-tick.ts'
import { aPriceRecord } from '../../support/price-records.ts'

const accepted = [
  { source: 'a', price: 100, volume: 5 },
  { source: 'b', price: 100.1, volume: 0 },
]
const tick: RememberedTick = {
  atMs: 1,
  price: 100.05,
  accepted,
  outliers: 2,
  record: aPriceRecord({ sources: ['a', 'b'] }),
}

test('a tick that was packed is the same again', () => {
  const empty: RememberedTick = { atMs: 2, accepted: [], outliers: 3 }
  for (const each of [tick, empty]) {
    expect(unpackedTick(packedTick(each, undefined))).toEqual(each)
  }
})

test('ticks of the same sources share the list of their names', () => {
  const first = packedTick(tick, undefined)
  const second = packedTick({ ...tick, atMs: 31_000 }, first)
  expect(second.names).toBe(first.names)
  expect(second.record?.sources).toBe(first.names)
  const third = packedTick({ ...tick, accepted: accepted.slice(1) }, second)
  expect(third.names).toEqual(['b'])
  expect(third.record?.sources).toEqual(['a', 'b'])
})
