/** Another bridge of the same operator has committed after ours: whose reveal is it then? */

import { keccak256 } from 'viem'
import { expect, test } from 'vitest'
import { callOf } from '../../../signer-bridge/endings.ts'
import { lastCommits } from '../../../signer-bridge/last-commit.ts'
import { paceOf } from '../../../signer-bridge/pace.ts'
import { submissionCalldata } from '../../../src/protocol/submission.ts'
import { verdictOn } from '../../support/bridge-verdict.ts'
import { account, BridgeModel, firstRound } from '../../support/bridge-world.ts'

/** A world whose first round is committed, and committed to again at a second by another bridge. */
async function committedTwice(second: number, isSame = false): Promise<BridgeModel> {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 85_000)
  const payload = isSame ? (bridge.journal.vote(firstRound)?.commit ?? '0x') : keccak256('0xff')
  const frame = { protocolId: 100, votingRoundId: firstRound, payload }
  bridge.chain.foreign.push({
    sender: account.address,
    txHash: keccak256(payload),
    calldata: submissionCalldata('submit1', [frame]),
    timestampSec: bridge.startOf(firstRound) / 1_000 + second,
  })
  return bridge
}

async function toTheEnd(bridge: BridgeModel): Promise<void> {
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 60_000)
}

function reveals(bridge: BridgeModel) {
  return bridge.chain.mined.filter(({ kind }) => kind === 'submit2')
}

test('a later commit of another is left to the other to reveal, and told once', async () => {
  const bridge = await committedTwice(86)
  await toTheEnd(bridge)
  expect(reveals(bridge)).toEqual([])
  expect(bridge.events.filter(({ event }) => event === 'commit-of-another')).toEqual([
    {
      event: 'commit-of-another',
      voting_round_id: firstRound,
      ours: bridge.journal.vote(firstRound)?.commit,
      on_chain: keccak256('0xff'),
    },
  ])
  // One before the reveal, and one at the close: another bridge of ours may have revealed it.
  expect(bridge.chain.looks).toBe(2)
})

test.each([
  { name: 'a later commit that is the same', second: 86, isSame: true },
  { name: 'an earlier one of another', second: 65, isSame: false },
  { name: 'one of another in the next round', second: 95, isSame: false },
])('$name changes nothing', async ({ second, isSame }) => {
  const bridge = await committedTwice(second, isSame)
  await toTheEnd(bridge)
  expect(verdictOn(bridge)).toEqual({
    committed: [firstRound],
    revealed: [firstRound],
    offences: [],
  })
})

test('when no commit of ours can be read, ours is revealed anyway', async () => {
  const bridge = await committedTwice(86)
  bridge.chain.refusesBlocks = true
  await toTheEnd(bridge)
  expect(reveals(bridge)).toHaveLength(1)
})

test('a look that hangs holds the reveal up no longer than one answer of a node', async () => {
  const bridge = await committedTwice(86)
  bridge.chain.hangsOnBlocks = true
  await toTheEnd(bridge)
  const [reveal] = reveals(bridge)
  expect(reveal?.timestampSec).toBeLessThan(bridge.startOf(firstRound + 1) / 1_000 + 18)
})

test.each([
  { state: 'signed', looks: 1 },
  { state: 'accepted', looks: 0 },
] as const)('a reveal that is $state: $looks looks', async ({ state, looks }) => {
  const bridge = await committedTwice(86)
  const vote = bridge.journal.vote(firstRound)
  if (vote === undefined) throw new Error('No vote was prepared.')
  // A person signs it before the commit is out.
  bridge.journal.recordAttempt({
    ...callOf(vote, 'submit2'),
    nonce: 1,
    gas: 9n,
    fees: { maxFeePerGas: 5n, maxPriorityFeePerGas: 1n },
    txHash: '0x03',
    raw: '0x02',
    signature: '0x12',
    signedAtMs: 1,
    state,
  })
  let asked = 0
  const commits = lastCommits({
    chain: {
      ...bridge.chain.port(0),
      pendingCount: () => Promise.resolve(2),
      callsBy: () => {
        asked += 1
        return Promise.resolve(bridge.chain.foreign)
      },
    },
    journal: bridge.journal,
    network: bridge.network,
    pace: paceOf(bridge.network.schedule),
    // A look that fails is no look at all.
    sleep: () => new Promise((wake) => void setTimeout(wake, 1_000)),
    log: () => undefined,
  })
  expect([await commits.isOfAnother(vote), asked]).toEqual([looks === 1, looks])
})

test('a look for a missed reveal that hangs holds up no later round', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 1_000)
  bridge.chain.hangsOnBlocks = true
  bridge.chain.isFull = true
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 52_000)
  bridge.chain.isFull = false
  await bridge.time.runUntil(bridge.startOf(firstRound + 5) + 60_000)
  expect(verdictOn(bridge).revealed).toContain(firstRound + 4)
})

test('while nothing was sent with the key but by us, no block is read, commit or reveal', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 3) + 60_000)
  expect(reveals(bridge)).toHaveLength(3)
  expect(bridge.chain.looks).toBe(0)
})

test('a round bound before a restart is let go where another commit of ours has come since', async () => {
  const bridge = new BridgeModel()
  const process = bridge.start((deed) => deed !== 'after journal.prepare')
  await bridge.time.runUntil(bridge.startOf(firstRound) + 75_000, process.isDead)
  // It looks what its keys have said, and then has to wait with its commit.
  bridge.chain.baseFeeWei *= 10n
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 76_000)
  bridge.chain.foreign.push({
    sender: account.address,
    txHash: keccak256('0xfe'),
    calldata: submissionCalldata('submit1', [
      { protocolId: 100, votingRoundId: firstRound, payload: keccak256('0xff') },
    ]),
    timestampSec: bridge.startOf(firstRound) / 1_000 + 75,
  })
  bridge.chain.baseFeeWei /= 10n
  await toTheEnd(bridge)
  expect(bridge.chain.handed).toEqual([])
  const vote = bridge.journal.vote(firstRound)
  if (vote === undefined) throw new Error('The first life has bound the round.')
  expect(bridge.journal.statusOf(callOf(vote, 'submit1'))).toBe('missed')
  expect(bridge.events.filter(({ event }) => event === 'commit-of-another')).toHaveLength(1)
  expect(bridge.stages.filter((stage) => stage === 'commit-missed')).toHaveLength(1)
})
