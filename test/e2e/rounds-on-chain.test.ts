/**
 * Thirty rounds of sixty-odd providers on a chain, over the start of a reward epoch: what the bridge's
 * observer makes of them, against an oracle that reads the same chain and knows nothing of the house.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPublicClient, type Hex, http, numberToHex } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ObservedOutcome, PeerCall } from '../../signer-bridge/observer/observer.ts'
import { relayAbi } from '../../src/protocol/contracts.ts'
import { type BlindOracle, readBlindly } from '../support/chain-scenario/blind-oracle.ts'
import type { OracleEpoch } from '../support/naive-oracle.ts'
import {
  changeRound,
  epochAfter,
  epochBefore,
  expectedStart,
  firstRound,
  judgedRounds,
  lastRound,
  schedule,
} from '../support/chain-scenario/calendar.ts'
import { cast, chainVoterOf, seed } from '../support/chain-scenario/cast.ts'
import {
  type DrivenChain,
  type Sending,
  startDrivenChain,
} from '../support/chain-scenario/driven-chain.ts'
import { type FinalCalls, finalCallsOf } from '../support/chain-scenario/finaliser.ts'
import { orderIn } from '../support/chain-scenario/offers.ts'
import { perform } from '../support/chain-scenario/play.ts'
import { playbook } from '../support/chain-scenario/playbook.ts'
import { playPrologue } from '../support/chain-scenario/prologue.ts'
import { startUnsteadyNode, type UnsteadyNode } from '../support/chain-scenario/unsteady-node.ts'
import { openWitness, testimony, type Witness } from '../support/chain-scenario/witness.ts'

/** All of it takes a minute or two on two idle cores. */
const busyMachineMs = 540_000

/** A witness that is sent away comes back after so many rounds. */
const absenceRounds = 4

/** Made final on chain: in both reward epochs, and where the new one is overdue. */
const finalRounds = [0, 5, 9, 13, 14, 15, 16, 22, 29].map((i) => (judgedRounds[0] ?? 0) + i)

const [firstJudged = 0] = judgedRounds
const directory = mkdtempSync(join(tmpdir(), 'chrono-scenario-'))
const book = playbook()

const names = ['steady', 'restarted', 'on a bad node'] as const
type Name = (typeof names)[number]

const said: Readonly<Record<Name, Map<number, ObservedOutcome>>> = {
  steady: new Map(),
  restarted: new Map(),
  'on a bad node': new Map(),
}
/** What the steady one said one second before each round's reveal deadline. */
const saidTooEarly = new Map<number, string>()
const finalCalls = new Map<number, FinalCalls>()
let restarts = 0
let witnesses: Readonly<Record<Name, Witness>>
let chain: DrivenChain
let badNode: UnsteadyNode
let oracle: BlindOracle
const startedAtMs = Date.now()
let performedMs = 0

beforeAll(async () => {
  const standing = cast.filter(({ votes }) => votes === 'always')
  chain = await startDrivenChain(standing.map(chainVoterOf))
  badNode = await startUnsteadyNode(chain.rpcUrl)
  await playPrologue(chain)
  await perform(chain, book, { beforeDeadline, afterDeadline })
  // The last signatures and the last root came after everybody's last look.
  for (const name of names) await witnesses[name].catchUp()
  performedMs = Date.now() - startedAtMs
  oracle = await readBlindly(chain.rpcUrl, schedule.genesisSec)
  console.log(programme())
}, busyMachineMs)

afterAll(async () => {
  for (const name of names) witnesses?.[name].close()
  badNode?.stop()
  await chain?.stop()
  rmSync(directory, { recursive: true, force: true })
})

async function beforeDeadline(round: number): Promise<void> {
  if (round < firstJudged) return
  // They come when the first round is nearly over, and find twenty rounds to make up for.
  if (round === firstJudged) {
    witnesses = {
      steady: await openWitness([chain.rpcUrl], fileOf('steady')),
      restarted: await openWitness([chain.rpcUrl], fileOf('restarted')),
      'on a bad node': await openWitness([badNode.url], fileOf('on a bad node')),
    }
  }
  const { steady } = witnesses
  await steady.catchUp()
  saidTooEarly.set(round, steady.observer.outcomeOf(round).kind)
}

async function afterDeadline(round: number): Promise<readonly Sending[]> {
  if (round < firstJudged) return []
  badNode.worsen(round)
  await testify('steady', round)
  await testify('on a bad node', round)
  if ((round - firstJudged) % absenceRounds === 0 || round === lastRound) {
    await testify('restarted', round)
    witnesses.restarted.close()
    witnesses = { ...witnesses, restarted: await openWitness([chain.rpcUrl], fileOf('restarted')) }
    restarts += 1
  }
  return finalRounds.includes(round) ? finalSendings(round) : []
}

/** What a witness says of a round, and of those before it that it was not asked about. */
async function testify(name: Name, round: number): Promise<void> {
  const { catchUp, observer } = witnesses[name]
  await catchUp()
  for (const each of judgedRounds) {
    if (each <= round && !said[name].has(each)) said[name].set(each, observer.outcomeOf(each))
  }
}

/** The steady one's result, made final by the voters of the reward epoch that it sees. */
async function finalSendings(round: number): Promise<readonly Sending[]> {
  const { observer } = witnesses.steady
  const outcome = observer.outcomeOf(round)
  const epoch = observer.epochOf(round)
  if (outcome.kind !== 'result' || epoch === undefined) return []
  const calls = await finalCallsOf(chain, outcome, epoch)
  finalCalls.set(round, calls)
  return [calls.imposter, ...calls.signatures, calls.relay]
}

/** What was played, for whoever reads the test's output. */
function programme(): string {
  const sent = oracle.blocks.reduce((sum, { transactions }) => sum + transactions.length, 0)
  const counts = [...book.counts].map(
    ([name, { rounds, calls }]) => `  ${name}: ${rounds} rounds, ${calls} calls`,
  )
  return [
    `seed "${seed}": ${cast.length} providers, rounds ${firstRound} to ${lastRound}, judged from ${firstJudged}`,
    `${oracle.blocks.length} blocks, ${sent} transactions, in ${Math.round(performedMs / 1_000)} s`,
    ...counts,
  ].join('\n')
}

function fileOf(name: string): string {
  return join(directory, `${name}.db`)
}

test.each(judgedRounds)('round %d has the root that the oracle finds', (round) => {
  const verdict = oracle.verdictOf(round)
  expect(verdict).toBeDefined()
  for (const name of names) {
    const outcome = said[name].get(round)
    expect({ name, ...testimony(outcome ?? { kind: 'not-yet' }) }).toEqual({ name, ...verdict })
    // Those 38 bytes are what is signed.
    const isSecure = verdict?.isSecure === true ? '01' : '00'
    const roundBytes = numberToHex(round, { size: 4 }).slice(2)
    const message = `0x64${roundBytes}${isSecure}${verdict?.root.slice(2)}`
    expect(outcome?.kind === 'result' && outcome.message).toBe(message)
  }
})

test('no round has a result before a block at its reveal deadline', () => {
  expect([...saidTooEarly.keys()]).toEqual(judgedRounds)
  expect(new Set(saidTooEarly.values())).toEqual(new Set(['not-yet']))
})

test('who comes when all is over finds the last root, and none that it cannot know', async () => {
  const late = await openWitness([badNode.url, chain.rpcUrl], fileOf('late'))
  try {
    await late.catchUp()
    expect(testimony(late.observer.outcomeOf(lastRound))).toEqual(oracle.verdictOf(lastRound))
    expect(late.observer.outcomeOf(lastRound - 1).kind).toBe('incomplete')
    expect(late.observer.outcomeOf(firstRound).kind).toBe('not-yet')
  } finally {
    late.close()
  }
})

test('nodes failed and witnesses came back, and both made no difference', () => {
  expect(badNode.failed()).toBeGreaterThan(50)
  expect(witnesses['on a bad node'].troubles()).toBeGreaterThan(10)
  expect(restarts).toBeGreaterThanOrEqual(8)
})

test('the chain takes our roots with our proofs of the random, and every witness hears of it', async () => {
  const client = createPublicClient({ transport: http(chain.rpcUrl) })
  const relay = { address: chain.contracts.Relay, abi: relayAbi } as const
  const randoms = await client.getContractEvents({
    ...relay,
    eventName: 'RandomNumberRelayed',
    fromBlock: 0n,
  })
  expect(finalCalls.size).toBe(finalRounds.length)
  for (const round of finalRounds) {
    const { root, random, isSecure } = oracle.verdictOf(round) ?? {}
    const args = [100n, BigInt(round)] as const
    expect(await client.readContract({ ...relay, functionName: 'merkleRoots', args })).toBe(root)
    const relayed = randoms.find((log) => log.args.votingRoundId === round)
    expect(relayed?.args).toMatchObject({ randomNumber: random, isSecureRandom: isSecure })
    for (const name of names) {
      const finalisation = witnesses[name].observer.finalisationOf(100, round)
      expect(finalisation).toMatchObject({ merkleRoot: root, isSecureRandom: isSecure })
    }
  }
  const other = judgedRounds.find((round) => !finalRounds.includes(round)) ?? 0
  expect(witnesses.steady.observer.finalisationOf(100, other)).toBeUndefined()
})

test('every witness hears the signatures for a round, each from whom it came', () => {
  for (const round of finalRounds) {
    const sent = new Map(
      finalCalls.get(round)?.signatures.map(({ from, data }): [string, Hex] => [
        from,
        // Behind the selector and the frame's head.
        `0x${data.slice(2 + 2 * (4 + 7))}`,
      ]),
    )
    expect(sent.size).toBeGreaterThan(10)
    for (const name of names) {
      const heard: readonly PeerCall[] = witnesses[name].observer.signaturesFor(100, round)
      expect(new Map(heard.map(({ sender, payload }) => [sender, payload]))).toEqual(sent)
      const places = heard.map(({ blockNumber, transactionIndex: i }) => blockNumber * 1_000 + i)
      expect(places).toEqual(places.toSorted((one, another) => one - another))
    }
  }
})

/** The two reward epochs as the oracle has them. */
function epochs(): readonly [OracleEpoch, OracleEpoch] {
  const [, before, after] = oracle.epochs
  if (before === undefined || after === undefined) throw new Error('Two reward epochs are missing.')
  return [before, after]
}

test('a reward epoch begins among the judged rounds, late, with its feeds in another order', () => {
  const [before, after] = epochs()
  expect([before.rewardEpochId, after.rewardEpochId]).toEqual([epochBefore, epochAfter])
  expect(after.startVotingRoundId).toBe(changeRound)
  expect(changeRound).toBe(expectedStart(epochAfter) + 2)
  expect(changeRound - firstJudged).toBeGreaterThan(10)
  expect(lastRound - changeRound).toBeGreaterThan(10)
  expect(before.feeds.map(({ id }) => id)).toEqual(orderIn('before'))
  expect(after.feeds.map(({ id }) => id)).toEqual(orderIn('after'))
})

test('each reward epoch has more than fifty voters, some without weight, some of its own', () => {
  const [before, after] = epochs().map(({ voters }) => voters.map((voter) => voter.submitAddress))
  expect(before?.filter((each) => !after?.includes(each)).length).toBeGreaterThan(5)
  expect(after?.filter((each) => !before?.includes(each)).length).toBeGreaterThan(5)
  for (const { voters } of epochs()) {
    expect(voters.length).toBeGreaterThanOrEqual(55)
    expect(voters.filter(({ weight }) => weight === 0n)).toHaveLength(3)
  }
})

test('no two rounds have one root, and not all of them are secure', () => {
  const verdicts = judgedRounds.map(oracle.verdictOf)
  for (const verdict of verdicts) {
    // Nobody has a price for one feed, and only voters without weight for another.
    expect(verdict?.turnouts.filter((turnout) => turnout === 0)).toHaveLength(2)
    expect(verdict?.values.filter((value) => value === 0)).toHaveLength(1)
  }
  expect(new Set(verdicts.map((verdict) => verdict?.root)).size).toBe(30)
  const secure = verdicts.filter((verdict) => verdict?.isSecure === true)
  expect(secure.length).toBeGreaterThan(5)
  expect(secure.length).toBeLessThan(28)
})

test('benching keeps randoms of voters out in every round', () => {
  const [before, after] = epochs()
  for (const round of judgedRounds) {
    const { voters } = round < changeRound ? before : after
    const addresses = new Set(voters.map(({ submitAddress }) => submitAddress))
    expect(oracle.benchedIn(round).some((address) => addresses.has(address))).toBe(true)
  }
})

test('transactions that failed on chain are votes like the others', async () => {
  const client = createPublicClient({ transport: http(chain.rpcUrl) })
  for (const { submitAddress } of cast.filter(
    ({ behaviour }) => behaviour.after === 'failingOnChain',
  )) {
    const block = oracle.blocks.findLast(({ transactions }) =>
      transactions.some(({ from }) => from === submitAddress.after),
    )
    const { transactions } = await client.getBlock({
      blockNumber: BigInt(block?.number ?? 0),
      includeTransactions: true,
    })
    const own = transactions.filter(
      ({ from, to }) =>
        from === submitAddress.after && to === chain.contracts.Submission.toLowerCase(),
    )
    expect(own.length).toBeGreaterThan(0)
    for (const { hash } of own) {
      expect((await client.getTransactionReceipt({ hash })).status).toBe('reverted')
    }
    expect(oracle.benchedIn(lastRound)).not.toContain(submitAddress.after)
  }
})
