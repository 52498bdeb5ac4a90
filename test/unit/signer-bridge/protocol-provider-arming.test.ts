/** What was said with our keys while this journal was not there, and what is then told of it. */

import { type Address, type Hex, keccak256 } from 'viem'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SubmissionCall } from '../../../signer-bridge/chain/chain.ts'
import { FeedListError } from '../../../signer-bridge/chain/reward-epochs.ts'
import { inMemory } from '../../../signer-bridge/journal/database.ts'
import { type Journal, openJournal } from '../../../signer-bridge/journal/journal.ts'
import type { ObservedEpoch } from '../../../signer-bridge/observer/observer.ts'
import { type OwnAddress, providerArming } from '../../../signer-bridge/protocol-provider/arming.ts'
import { digestOf } from '../../../signer-bridge/vote.ts'
import { commitHash, encodeReveal } from '../../../src/protocol/commit.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { submissionCalldata, type SubmissionMethod } from '../../../src/protocol/submission.ts'
import { encodeSubmitSignatures } from '../../../src/protocol/submit-signatures.ts'
import type { Event } from '../../support/bridge-world.ts'
import { anEpoch } from '../../support/observed-rounds.ts'
import { aResult } from '../../support/protocol-provider.ts'

const { schedule, chainId } = networks.local
const round = 1_000
const addressOf = (digit: string): Address => `0x${digit.repeat(40)}`
const submit = addressOf('a')
const voter = {
  identity: addressOf('1'),
  submitAddress: submit,
  submitSignaturesAddress: addressOf('b'),
  signingPolicyAddress: addressOf('c'),
}

let journal: Journal
let calls: SubmissionCall[]
let counts: Map<Address, number>
let events: Event[]
let isSearched: boolean
let refusesBlocks: boolean

beforeEach(() => {
  journal = openJournal(inMemory, { chainId, signers: [submit] })
  calls = []
  counts = new Map([[submit, 5]])
  events = []
  isSearched = true
  refusesBlocks = false
})
afterEach(() => journal.close())

/** Arms at second 40 of the round. */
function arming(addresses: readonly OwnAddress[] = [{ role: 'submit', address: submit }]) {
  const nowMs = votingRoundStartMs(schedule, round) + 40_000
  const head = { number: 1, timestampSec: nowMs / 1_000, baseFeeWei: 1n }
  return providerArming({
    chain: {
      head: () => Promise.resolve(head),
      latestCount: (address) => Promise.resolve(counts.get(address) ?? 0),
      pendingCount: (address) => Promise.resolve(counts.get(address) ?? 0),
      callsBy: (senders, { fromSec }) =>
        refusesBlocks
          ? Promise.reject(new Error('no full blocks'))
          : Promise.resolve(
              calls.filter(
                ({ sender, timestampSec }) => senders.includes(sender) && timestampSec >= fromSec,
              ),
            ),
      feedsOf: () => {
        if (isSearched) return { rewardEpochId: 1, feeds: [] }
        throw new FeedListError('search-outdated', 'not searched yet')
      },
    },
    journal,
    observer: { epochOf: () => epoch },
    network: networks.local,
    nowMs: () => nowMs,
    addresses,
    pace: { retryMs: 100 },
    log: (event) => void events.push(event),
  })
}

const epoch: ObservedEpoch = { ...anEpoch([10]), voters: [voter] }

function said(
  method: SubmissionMethod,
  payload: Hex,
  { sender = submit, votingRoundId = round - 1, protocolId = 100, second = 75 } = {},
): void {
  calls.push({
    sender,
    txHash: keccak256(payload),
    calldata: submissionCalldata(method, [{ protocolId, votingRoundId, payload }]),
    timestampSec: votingRoundStartMs(schedule, round - 1) / 1_000 + second,
  })
}

function minRounds() {
  const of = (signer: Address, kind: 'commit' | 'root') =>
    journal.watermarkOf({ signer, kind, protocolId: 100 })
  return { commit: of(submit, 'commit'), root: of(voter.signingPolicyAddress, 'root') }
}

const secret = { random: `0x${'5a'.repeat(32)}`, feedValues: '0x8000007b' } as const
const vote = {
  votingRoundId: round - 1,
  rewardEpochId: 1,
  submitAddress: submit,
  frozenAtMs: votingRoundStartMs(schedule, round - 1) + 70_000,
  ...secret,
  commit: commitHash({ submitAddress: submit, votingRoundId: round - 1, ...secret }),
}
const { message } = aResult(round - 1)
const signature = { v: 27, r: `0x${'11'.repeat(32)}`, s: `0x${'22'.repeat(32)}` } as const
const signatures = encodeSubmitSignatures({ type: 0, message, signature, unsigned: '0x' })
const free = { commit: 0, root: 0 }
const letGo = { commit: round + 2, root: round + 2 }

describe('a journal that knows nothing', () => {
  test('lets two rounds go by where a commit is on chain, also the root of our voter’s policy key', async () => {
    said('submit1', keccak256('0x01'))
    const armed = arming()
    expect(armed.isArmed()).toBe(false)
    await armed.chore()
    expect(armed.isArmed()).toBe(true)
    expect(minRounds()).toEqual(letGo)
    expect(events).toEqual([
      expect.objectContaining({ event: 'own-calls-found', calls: 1, first_round: round + 2 }),
    ])
  })

  test('finds signatures that the chain says were sent by our voter', async () => {
    counts = new Map([[voter.submitSignaturesAddress, 1]])
    said('submitSignatures', signatures, { sender: voter.submitSignaturesAddress })
    await arming().chore()
    expect(minRounds()).toEqual(letGo)
  })

  test('goes on at once where nobody has ever sent anything, or not lately', async () => {
    said('submit1', keccak256('0x01'), { second: -75 })
    await arming().chore()
    expect(minRounds()).toEqual(free)
    expect(events).toEqual([])
  })

  test('with nodes that give no full blocks, assumes the worst after three attempts', async () => {
    refusesBlocks = true
    const armed = arming()
    await expect(armed.chore()).rejects.toThrow('no full blocks')
    await expect(armed.chore()).rejects.toThrow('no full blocks')
    expect(armed.isArmed()).toBe(false)
    await armed.chore()
    expect(armed.isArmed()).toBe(true)
    expect(minRounds()).toEqual(letGo)
    expect(events).toEqual([expect.objectContaining({ event: 'own-calls-unknown' })])
  })
})

test('before the chain is searched for reward epochs the look waits: our voter is not known', async () => {
  isSearched = false
  said('submit1', keccak256('0x01'))
  const armed = arming()
  for (let i = 0; i < 5; i += 1) expect(await armed.chore()).toBe(100)
  expect(armed.isArmed()).toBe(false)
  isSearched = true
  await armed.chore()
  expect(minRounds()).toEqual(letGo)
})

describe('a journal that is bound to what was said', () => {
  beforeEach(() => {
    journal.prepare(vote, 1)
    const names = { signer: voter.signingPolicyAddress, sender: voter.submitSignaturesAddress }
    journal.bindRoot(
      { protocolId: 100, votingRoundId: round - 1, rewardEpochId: 1, message, ...names },
      1,
    )
  })

  test('goes on at once, though it has sent nothing of it itself', async () => {
    said('submit1', vote.commit)
    said('submit2', encodeReveal(vote), { second: 105 })
    counts.set(voter.submitSignaturesAddress, 1)
    said('submitSignatures', signatures, { sender: voter.submitSignaturesAddress, second: 136 })
    await arming().chore()
    expect(minRounds()).toEqual(free)
    expect(digestOf(vote, 'submit1')).toBe(vote.commit)
  })

  test('and what other protocols have to say is none of its business', async () => {
    said('submit1', '0x01', { protocolId: 200 })
    await arming().chore()
    expect(minRounds()).toEqual(free)
  })

  const otherRoot = encodeSubmitSignatures({
    type: 0,
    message: aResult(round - 1, 7n).message,
    signature,
    unsigned: '0x',
  })
  test.each<[string, SubmissionMethod, Hex, number]>([
    ['another commit of the round', 'submit1', keccak256('0x02'), round - 1],
    ['a commit of a round that it does not know', 'submit1', vote.commit, round],
    ['another reveal', 'submit2', encodeReveal({ ...vote, feedValues: '0x8000007c' }), round - 1],
    ['another root', 'submitSignatures', otherRoot, round - 1],
    ['a root of a round that it does not know', 'submitSignatures', signatures, round],
  ])('lets two rounds go by after %s', async (_, method, payload, votingRoundId) => {
    said('submit1', vote.commit)
    const sender = method === 'submitSignatures' ? voter.submitSignaturesAddress : submit
    counts.set(sender, 5)
    said(method, payload, { sender, votingRoundId, second: 100 })
    await arming().chore()
    expect(minRounds()).toEqual(letGo)
  })
})
