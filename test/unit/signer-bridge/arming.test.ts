/** What our keys have said lately, and what a bridge does that does not know of it. */

import { keccak256 } from 'viem'
import { describe, expect, test } from 'vitest'
import { submissionCalldata } from '../../../src/protocol/submission.ts'
import { verdictOn } from '../../support/bridge-verdict.ts'
import { account, BridgeModel, firstRound } from '../../support/bridge-world.ts'

/** Somebody else commits with our key. */
function commitElsewhere(bridge: BridgeModel, votingRoundId: number, second: number): void {
  const payload = keccak256('0xff')
  bridge.chain.foreign.push({
    sender: account.address,
    txHash: keccak256(payload),
    calldata: submissionCalldata('submit1', [{ protocolId: 100, votingRoundId, payload }]),
    timestampSec: (bridge.startOf(votingRoundId) + second * 1_000) / 1_000,
  })
}

async function through(bridge: BridgeModel, rounds: number): Promise<void> {
  await bridge.time.runUntil(bridge.startOf(firstRound + rounds) + 60_000)
}

test('a key that was never used needs no look: the first round is committed', async () => {
  const bridge = new BridgeModel({ startSec: 60 })
  bridge.start()
  await through(bridge, 1)
  expect(bridge.chain.looks).toBe(0)
  expect(verdictOn(bridge).committed).toEqual([firstRound])
})

test('a reveal of prices stays possible in rounds that are let go by, and nothing else does', async () => {
  const bridge = new BridgeModel()
  commitElsewhere(bridge, firstRound - 1, 75)
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 30_000)
  const markOf = (kind: 'commit' | 'reveal', protocolId: number) =>
    bridge.journal.watermarkOf({ signer: account.address, kind, protocolId })
  expect([markOf('commit', 100), markOf('commit', 200), markOf('reveal', 200)]).toEqual(
    [2, 2, 2].map((rounds) => firstRound + rounds),
  )
  expect(markOf('reveal', 100)).toBe(0)
})

test('a chain that is far ahead of the clock raises no watermark, and nothing new is promised', async () => {
  const bridge = new BridgeModel()
  bridge.clockOffMs = -2 * 90_000
  commitElsewhere(bridge, firstRound - 1, 75)
  bridge.start()
  await through(bridge, 1)
  const name = { signer: account.address, kind: 'commit', protocolId: 100 } as const
  expect(bridge.journal.watermarkOf(name)).toBe(0)
  expect(verdictOn(bridge).committed).toEqual([])
})

describe('a journal that is new, with a key that was used', () => {
  test('in the last two rounds: this round and the next are let go by', async () => {
    const bridge = new BridgeModel()
    commitElsewhere(bridge, firstRound - 1, 75)
    bridge.start()
    await through(bridge, 4)
    const rounds = [firstRound + 2, firstRound + 3]
    expect(verdictOn(bridge)).toEqual({ committed: rounds, revealed: rounds, offences: [] })
    expect(bridge.events).toContainEqual(
      expect.objectContaining({ event: 'own-calls-found', first_round: firstRound + 2, calls: 1 }),
    )
    expect(bridge.events).toContainEqual(
      expect.objectContaining({
        reason: expect.stringMatching(/^Rounds before 1002 are let go by/),
      }),
    )
  })

  test('longer ago: nothing is let go by', async () => {
    const bridge = new BridgeModel()
    commitElsewhere(bridge, firstRound - 3, 75)
    bridge.start()
    await through(bridge, 1)
    expect(bridge.chain.looks).toBe(1)
    expect(verdictOn(bridge).committed).toEqual([firstRound])
  })

  test('with nodes that give no full blocks, the worst is assumed after three attempts', async () => {
    const bridge = new BridgeModel()
    commitElsewhere(bridge, firstRound - 3, 75)
    bridge.chain.refusesBlocks = true
    bridge.start()
    await through(bridge, 3)
    expect(verdictOn(bridge).committed).toEqual([firstRound + 2])
    expect(bridge.diary.filter((line) => line.endsWith('own-calls-unknown'))).toHaveLength(1)
  })
})

test('before the look is done nothing is promised, and the reason is told', async () => {
  const bridge = new BridgeModel({ startSec: 66 })
  commitElsewhere(bridge, firstRound - 3, 75)
  bridge.chain.refusesBlocks = true
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 74_000)
  bridge.chain.refusesBlocks = false
  expect(bridge.worker.frozen.size).toBe(0)
  expect(JSON.stringify(bridge.events)).toContain('What our keys have said lately is not known yet')
  await through(bridge, 1)
  expect(verdictOn(bridge)).toMatchObject({ committed: [firstRound], revealed: [firstRound] })
})

test('after a restart its own calls are no news, and what is owed is revealed', async () => {
  const bridge = new BridgeModel()
  const first = bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 71_000)
  first.kill()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 80_000)
  bridge.start()
  await through(bridge, 2)
  const rounds = [firstRound, firstRound + 1]
  expect(verdictOn(bridge)).toEqual({ committed: rounds, revealed: rounds, offences: [] })
  expect(bridge.chain.looks).toBeGreaterThan(0)
  expect(bridge.diary.join()).not.toContain('own-calls-found')
})

test('an old copy of a journal lets rounds go by, and still reveals what it owes', async () => {
  const bridge = new BridgeModel()
  const first = bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 80_000)
  first.kill()
  // Meanwhile the key was used with a newer copy: after our commit, by a transaction of a kind
  // that takes nothing back.
  bridge.chain.foreign.push({
    sender: account.address,
    txHash: '0x01',
    calldata: submissionCalldata('submit2', [
      { protocolId: 100, votingRoundId: firstRound - 1, payload: keccak256('0xfe') },
    ]),
    timestampSec: (bridge.startOf(firstRound) + 81_000) / 1_000,
  })
  bridge.start()
  await through(bridge, 3)
  expect(verdictOn(bridge)).toEqual({
    committed: [firstRound, firstRound + 2],
    revealed: [firstRound, firstRound + 2],
    offences: [],
  })
})
