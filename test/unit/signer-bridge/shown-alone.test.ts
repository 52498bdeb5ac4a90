/** A call that one node of several shows was signed, and need be in no block. */

import { expect, test } from 'vitest'
import type { SubmissionCall } from '../../../signer-bridge/chain/chain.ts'
import { calldataOf } from '../../../signer-bridge/vote.ts'
import { account, BridgeModel, firstRound } from '../../support/bridge-world.ts'

/** A round whose reveal is in no block of ours, as another bridge's may be. */
async function revealShown(differing: Partial<SubmissionCall>): Promise<BridgeModel> {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 1_000)
  const vote = bridge.journal.vote(firstRound)
  if (vote === undefined) throw new Error('No vote was prepared.')
  bridge.chain.isFull = true
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 30_000)
  bridge.chain.foreign.push({
    sender: account.address,
    txHash: '0x01',
    calldata: calldataOf(vote, 'submit2'),
    timestampSec: bridge.startOf(firstRound + 1) / 1_000 + 20,
    ...differing,
  })
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 60_000)
  return bridge
}

test.each([
  { name: 'all nodes show', differing: {}, said: 'revealed-elsewhere' },
  { name: 'one alone shows', differing: { isAlone: true }, said: 'reveal-missed' },
])('a reveal that $name: $said', async ({ differing, said }) => {
  const bridge = await revealShown(differing)
  const ends = bridge.events.map(({ event }) => event)
  expect(ends.filter((event) => /^reveal(ed-elsewhere|-missed)$/.test(event))).toEqual([said])
})
