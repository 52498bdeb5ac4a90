import { expect, test } from 'vitest'
import type { LedgerState } from '../../../signer-bridge/ledger/state.ts'
import { ledgerChore } from '../../../signer-bridge/ledger/watch.ts'

async function pausesFor(...states: readonly LedgerState['kind'][]): Promise<readonly number[]> {
  const left = [...states]
  // The pause depends on the kind alone.
  const chore = ledgerChore({ look: async () => ({ kind: left.shift() }) as LedgerState })
  const pauses: number[] = []
  while (left.length > 0) pauses.push(await chore())
  return pauses
}

test('a device that is as it must be is looked at every ten seconds', async () => {
  expect(await pausesFor('ready', 'ready', 'reviewing')).toEqual([10_000, 10_000, 10_000])
})

test('an app that is being reopened is not missed', async () => {
  expect(await pausesFor('screen-unknown', 'screen-unknown')).toEqual([250, 250])
})

test('one that is away is looked for ever more rarely, and soon again after a change', async () => {
  expect(
    await pausesFor('disconnected', 'disconnected', 'disconnected', 'disconnected', 'disconnected'),
  ).toEqual([1_000, 2_000, 4_000, 8_000, 10_000])
  expect(await pausesFor('disconnected', 'disconnected', 'locked', 'locked')).toEqual([
    1_000, 2_000, 1_000, 2_000,
  ])
})
