/** What our keys have said lately, and what a bridge does that does not know of it. */

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keccak256 } from 'viem'
import { afterAll, describe, expect, test } from 'vitest'
import { openJournal } from '../../../signer-bridge/journal/journal.ts'
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
    expect(bridge.chain.looks).toBeGreaterThan(0)
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

const directory = mkdtempSync(join(tmpdir(), 'chrono-arming-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** Gives a bridge a journal in a file, in place of the one that it had. */
function withJournal(bridge: BridgeModel, name: string): void {
  const { chainId } = bridge.network
  const owner = { chainId, signers: [account.address] }
  Object.assign(bridge, { journal: openJournal(join(directory, name), owner) })
}

test.each([
  { name: 'still waits', sec: 70.5 },
  { name: 'is in a block', sec: 73 },
])('a journal restored from before a commit that $name says nothing else', async ({ sec }) => {
  const bridge = new BridgeModel()
  const name = `journal-${sec}.sqlite`
  withJournal(bridge, name)
  const first = bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 30_000)
  first.kill()
  bridge.journal.close()
  copyFileSync(join(directory, name), join(directory, `old-${name}`))
  withJournal(bridge, name)
  const second = bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + sec * 1_000)
  second.kill()
  expect(bridge.journal.vote(firstRound + 1)).toBeDefined()
  bridge.journal.close()

  withJournal(bridge, `old-${name}`)
  expect(bridge.journal.vote(firstRound + 1)).toBeUndefined()
  // Nor does the Worker know of it: a vector of now would make another digest.
  bridge.worker.frozen.clear()
  bridge.worker.reserved.clear()
  bridge.start()
  await through(bridge, 4)
  // What it promised is in the newer journal alone: that is lost, and no second promise is made.
  expect(verdictOn(bridge)).toEqual({
    committed: [firstRound, firstRound + 1, firstRound + 3],
    revealed: [firstRound, firstRound + 3],
    offences: [],
  })
  const ours = { signer: account.address, kind: 'commit', protocolId: 100 } as const
  expect(bridge.journal.watermarkOf(ours)).toBe(firstRound + 3)
  bridge.journal.close()
})
