import { expect, test } from 'vitest'
import { bridgePresence } from '../../../src/core/bridge-presence.ts'

const weekMs = 7 * 24 * 3_600_000

test.each([
  { afterMs: 0, isSilent: false },
  { afterMs: 60_000, isSilent: false },
  { afterMs: 60_001, isSilent: true },
  { afterMs: weekMs, isSilent: true },
])('a bridge that was heard $afterMs ms ago: silent is $isSilent', ({ afterMs, isSilent }) => {
  expect(bridgePresence({ actingAtMs: 5, standbys: 2 }, 5 + afterMs)).toEqual({
    heardAtMs: 5,
    isSilent,
    standbys: 2,
  })
})

test('one that was never heard, or not for a week, is not missed', () => {
  expect(bridgePresence({ standbys: 1 }, 5)).toBeUndefined()
  expect(bridgePresence({ actingAtMs: 5, standbys: 0 }, 6 + weekMs)).toBeUndefined()
})
