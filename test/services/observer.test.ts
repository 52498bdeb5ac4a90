/**
 * The observer on the real local chain: voters commit and reveal in rounds of three seconds, each in
 * its own way, and what it makes of them is what the other oracle says and what Relay takes.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concatHex, createPublicClient, type Hex, http, keccak256, numberToHex } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { extraVoterAccount } from '../../local/chain/voters.ts'
import { type LocalChain, startChain } from '../../local/chain.ts'
import { freePort, pause } from '../../local/processes.ts'
import { batchOver } from '../../signer-bridge/chain/batch.ts'
import { connectFlare } from '../../signer-bridge/chain/flare.ts'
import { nodeAt } from '../../signer-bridge/chain/nodes.ts'
import { openObservations } from '../../signer-bridge/observations/observations.ts'
import { observerOf } from '../../signer-bridge/observer/observe.ts'
import type { Observer } from '../../signer-bridge/observer/observer.ts'
import { paceOf } from '../../signer-bridge/pace.ts'
import { commitHash } from '../../src/protocol/commit.ts'
import { messageHash } from '../../src/protocol/digests.ts'
import { votingRoundAt, votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { networks, withRoundSec } from '../../src/protocol/networks.ts'
import { relayCalldata } from '../../src/protocol/relay-calldata.ts'
import { signatureOfWallet } from '../../src/protocol/signatures.ts'
import { submissionAddress } from '../../src/protocol/contracts.ts'
import { submissionCalldata } from '../../src/protocol/submission.ts'
import { encodeSubmitSignatures } from '../../src/protocol/submit-signatures.ts'
import { readBlindly } from '../support/chain-scenario/blind-oracle.ts'
import { naiveOracle } from '../support/naive-oracle.ts'

const roundSec = 3
const rewardEpochRounds = 6
const local = withRoundSec(networks.local, roundSec)
const network = { ...local, schedule: { ...local.schedule, rewardEpochRounds } }
const { schedule, chainId } = network
const voters = 5
const directory = mkdtempSync(join(tmpdir(), 'chrono-observer-'))

let chain: LocalChain
/** Nobody is at the first of the addresses. */
let rpcUrls: readonly string[]
let observer: Observer
let observations: ReturnType<typeof openObservations>
let isOver = false
let following: Promise<void>
/** Rounds of which everything was played. */
let played: readonly number[]

beforeAll(async () => {
  chain = await startChain({
    port: 0,
    roundSec,
    blockMs: 300,
    rewardEpochRounds,
    extraVoters: voters,
  })
  // Nobody is at the first; the others are one node by two names.
  const again = chain.rpcUrl.replace('127.0.0.1', 'localhost')
  rpcUrls = [`http://127.0.0.1:${await freePort()}`, chain.rpcUrl, again]
  const opened = await opening(join(directory, 'cache'))
  observer = opened.observer
  observations = opened.observations
  following = follow(opened)
  const first = votingRoundAt(schedule, Date.now()) + 1
  played = [0, 1, 2, 3, 4].map((i) => first + i)
  for (const round of played) await play(round)
  await untilMs(votingRoundStartMs(schedule, (played.at(-1) ?? 0) + 1) + 1_500)
}, 90_000)

afterAll(async () => {
  isOver = true
  await following
  observations.close()
  await chain.stop()
  rmSync(directory, { recursive: true })
})

async function opening(file: string) {
  const pace = paceOf(schedule)
  const log = () => undefined
  const opened = openObservations(file, { chainId })
  const nodes = rpcUrls.map((url) => nodeAt(url, chainId, pace.nodeMs))
  const flare = await connectFlare({ nodes, network, observations: opened, log })
  const batch = batchOver(fetch, pace.nodeMs)
  const made = observerOf({ network, nodes, chain: flare, observations: opened, batch, pace, log })
  await flare.refreshEpochs(await flare.head())
  return { observer: made, observations: opened, flare }
}

/** Shorter than a block takes; each look costs processor time that other tests want. */
const followMs = 200

/** As the daemon does, in one loop. */
async function follow({
  observer: one,
  flare,
}: Awaited<ReturnType<typeof opening>>): Promise<void> {
  while (!isOver) {
    await one.advance()
    await one.confirm()
    await flare.refreshEpochs(await flare.head())
    await pause(followMs)
  }
}

async function untilMs(instantMs: number): Promise<void> {
  await pause(Math.max(0, instantMs - Date.now()))
}

const nonces = new Map<string, number>()
/** The hashes of what has been signed; the chain's own keeper signs nothing. */
const signed: Hex[] = []

async function send(from: PrivateKeyAccount, to: Hex, data: Hex): Promise<Hex> {
  const nonce = nonces.get(from.address) ?? 0
  nonces.set(from.address, nonce + 1)
  const serializedTransaction = await from.signTransaction({
    type: 'eip1559',
    chainId,
    nonce,
    to,
    gas: 1_000_000n,
    maxFeePerGas: 10n ** 12n,
    data,
  })
  const client = createPublicClient({ transport: http(chain.rpcUrl) })
  const hash = await client.sendRawTransaction({ serializedTransaction })
  signed.push(hash)
  return hash
}

const randomOf = (voter: number, round: number): Hex =>
  keccak256(Buffer.from(`random ${voter} ${round}`))

/** Two values for feeds, a little different for each voter. */
const valuesOf = (voter: number, round: number): Hex =>
  concatHex(
    [1_000, 2_000].map((base) =>
      numberToHex(2 ** 31 + base + 3 * voter + (round % 5), { size: 4 }),
    ),
  )

/** Three are honest; the fourth withholds every other reveal, the fifth says another random. */
async function play(votingRoundId: number): Promise<void> {
  const frame = (payload: Hex) => [{ protocolId: 100, votingRoundId, payload }]
  const startMs = votingRoundStartMs(schedule, votingRoundId)
  await untilMs(startMs + 1_600)
  for (let voter = 0; voter < voters; voter += 1) {
    const from = extraVoterAccount(voter, 'submit')
    const vote = {
      random: randomOf(voter, votingRoundId),
      feedValues: valuesOf(voter, votingRoundId),
    }
    const commit = commitHash({ submitAddress: from.address, votingRoundId, ...vote })
    await send(from, submissionAddress, submissionCalldata('submit1', frame(commit)))
  }
  await untilMs(startMs + 1_000 * roundSec + 100)
  for (let voter = 0; voter < voters; voter += 1) {
    if (voter === 3 && votingRoundId % 2 === 0) continue
    const random = randomOf(voter === 4 ? 99 : voter, votingRoundId)
    const reveal = concatHex([random, valuesOf(voter, votingRoundId)])
    const from = extraVoterAccount(voter, 'submit')
    await send(from, submissionAddress, submissionCalldata('submit2', frame(reveal)))
  }
}

test('each round comes to what the other oracle says of the same blocks', async () => {
  const { blocks, epochs } = await readBlindly(chain.rpcUrl, schedule.genesisSec)
  // That oracle knows rounds of 90 seconds alone, so its chain takes thirty times as long.
  const slow = blocks.map((block) => ({
    ...block,
    timestampSec:
      schedule.genesisSec + (block.timestampSec - schedule.genesisSec) * (90 / roundSec),
  }))
  // And it wants a reward epoch for each round, also for those before the first, in which nobody spoke.
  const eldest = {
    rewardEpochId: 0,
    startVotingRoundId: 0,
    beforeFip16: false,
    feeds: [],
    voters: [],
  }
  const verdictOf = naiveOracle({
    genesisSec: schedule.genesisSec,
    blocks: slow,
    epochs: [eldest, ...epochs],
  })

  const roots: unknown[] = []
  for (const round of played) {
    await expect.poll(() => observer.outcomeOf(round).kind, { timeout: 10_000 }).not.toBe('not-yet')
    const verdict = verdictOf(round)
    const outcome = observer.outcomeOf(round)
    if (verdict === undefined) {
      expect(outcome).toEqual({ kind: 'no-result', reason: 'no-valid-reveal' })
      continue
    }
    expect(outcome).toMatchObject({
      kind: 'result',
      random: { value: verdict.random, isSecure: verdict.isSecure },
      tree: { root: verdict.root },
    })
    roots.push(verdict.root)
  }
  // On a machine so busy that all reveals come too late there would be nothing to compare.
  expect(roots.length).toBeGreaterThan(0)
}, 60_000)

/** Plays until reveals have come in time, which a busy machine may take two or three rounds for. */
async function roundWithResult(): Promise<number> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const round = votingRoundAt(schedule, Date.now()) + 1
    await play(round)
    await expect.poll(() => observer.outcomeOf(round).kind, { timeout: 10_000 }).not.toBe('not-yet')
    if (observer.outcomeOf(round).kind === 'result') return round
  }
  throw new Error('No round had a result.')
}

test('a round’s result is what Relay makes final, and signatures are seen on their way', async () => {
  const round = await roundWithResult()
  const result = observer.outcomeOf(round)
  const observed = observer.epochOf(round)
  if (result.kind !== 'result' || observed === undefined) throw new Error('Expected a result.')
  expect(observer.firstChainBoundRound()).toBe(0)

  const raw = messageHash('chain-bound', result.message, chainId)
  const signatures = await Promise.all(
    observed.policy.voters.map(async (_, index) => ({
      index,
      signature: signatureOfWallet(
        await extraVoterAccount(index, 'policy').signMessage({ message: { raw } }),
      ),
    })),
  )
  const [own] = signatures
  if (own === undefined) throw new Error('Expected voters.')
  const payload = encodeSubmitSignatures({ type: 1, signature: own.signature, unsigned: '0x' })
  const frames = [{ protocolId: 100, votingRoundId: round, payload }]
  const signer = extraVoterAccount(0, 'signatures')
  await send(signer, submissionAddress, submissionCalldata('submitSignatures', frames))
  // Bytes that are no frames say nothing, and keep nobody from being heard.
  await send(signer, submissionAddress, '0x57eed58064ff')
  const call = relayCalldata({
    policyBytes: observed.policyBytes,
    message: result.message,
    signatures,
    randomProof: {
      random: numberToHex(result.random.value, { size: 32 }),
      proof: result.randomProof,
    },
  })
  await send(extraVoterAccount(1, 'policy'), chain.contracts.Relay, call)

  await expect
    .poll(() => observer.finalisationOf(100, round), { timeout: 10_000 })
    .toMatchObject({
      isSecureRandom: result.random.isSecure,
      merkleRoot: result.tree.root,
    })
  expect(observer.finalisationOf(200, round)).toBeUndefined()
  expect(observed.voters[0]?.submitSignaturesAddress).toBe(signer.address.toLowerCase())
  const heard = observer.signaturesFor(100, round)
  expect(heard.length).toBeLessThanOrEqual(1)
  for (const each of heard) {
    expect(each).toMatchObject({ sender: signer.address.toLowerCase(), protocolId: 100, payload })
  }
}, 60_000)

test('each block is confirmed by another node, and each signed transaction of a real one proves itself', async () => {
  // The other node is asked after the blocks are read, by a chore of its own.
  await expect
    .poll(() => played.filter((round) => observer.confirmationOf(round) !== 'confirmed'), {
      timeout: 10_000,
    })
    .toEqual([])
  const [fromBlock, toBlock] = [0, observer.stretch()?.toBlock ?? 0]
  const doubtful = observations.confirmations.doubtsIn(fromBlock, toBlock)
  expect(signed.length).toBeGreaterThan(played.length * 2)
  expect(doubtful.filter(({ txHash }) => signed.includes(txHash))).toEqual([])
})

test('a process that starts anew on the same file has read what the one before it read', async () => {
  isOver = true
  await following
  const before = observer.stretch()
  const [round = 0] = played
  const outcome = observer.outcomeOf(round)
  observations.close()
  const again = await opening(join(directory, 'cache'))
  observations = again.observations
  expect(again.observer.stretch()).toEqual(before)
  expect(again.observer.outcomeOf(round)).toEqual(outcome)
}, 60_000)
