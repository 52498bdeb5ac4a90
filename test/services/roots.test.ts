/**
 * The roots' loop on the real local chain, with the real observer, journal and keys: voters commit
 * and reveal in short rounds, we sign what we read, peers sign too, and Relay takes it.
 */

import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concatHex, createPublicClient, type Hex, http, keccak256, numberToHex } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { extraVoter, extraVoterAccount } from '../../local/chain/voters.ts'
import { type LocalChain, startChain } from '../../local/chain.ts'
import { pause } from '../../local/processes.ts'
import { batchOver } from '../../signer-bridge/chain/batch.ts'
import { connectFlare } from '../../signer-bridge/chain/flare.ts'
import { nodeAt } from '../../signer-bridge/chain/nodes.ts'
import { httpCompanion } from '../../signer-bridge/companions/http-companion.ts'
import { defaultFeePolicy } from '../../signer-bridge/fees.ts'
import { type Journal, openJournal } from '../../signer-bridge/journal/journal.ts'
import { keyringOf } from '../../signer-bridge/keyring.ts'
import { metricsPage } from '../../signer-bridge/metrics.ts'
import { openObservations } from '../../signer-bridge/observations/observations.ts'
import { observerOf } from '../../signer-bridge/observer/observe.ts'
import { breakerOf } from '../../signer-bridge/policy/breaker.ts'
import { paceOf } from '../../signer-bridge/pace.ts'
import { rootsOf } from '../../signer-bridge/roots/roots.ts'
import type { RootsLoop } from '../../signer-bridge/roots/root-loop.ts'
import type { World } from '../../signer-bridge/world.ts'
import type { Reservation } from '../../src/protocol/bridge-wire.ts'
import { commitHash } from '../../src/protocol/commit.ts'
import { submissionAddress } from '../../src/protocol/contracts.ts'
import { messageHash } from '../../src/protocol/digests.ts'
import { votingRoundAt, votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { selectedFinalisers } from '../../src/protocol/finaliser-selection.ts'
import { networks, withRoundSec } from '../../src/protocol/networks.ts'
import { protocolIds } from '../../src/protocol/payload.ts'
import { encodeProtocolMessage } from '../../src/protocol/protocol-message.ts'
import { relayCalldata } from '../../src/protocol/relay-calldata.ts'
import { type Signature, signatureOfWallet } from '../../src/protocol/signatures.ts'
import { submissionCalldata } from '../../src/protocol/submission.ts'
import {
  encodeSubmitSignatures,
  readSubmitSignatures,
} from '../../src/protocol/submit-signatures.ts'

const roundSec = 8
const rewardEpochRounds = 8
const local = withRoundSec(networks.local, roundSec)
const network = { ...local, schedule: { ...local.schedule, rewardEpochRounds } }
const { schedule, chainId } = network
/** Two that sign, and one that relays. Half of the weight is ours, and half is not enough. */
const peers = [0, 1]
const bystander = 2
const us = 9
const voters = [us, ...peers, bystander]
const signingPolicy = extraVoterAccount(us, 'policy')
const sender = extraVoterAccount(us, 'signatures')
const ftso = protocolIds.ftso

const directory = mkdtempSync(join(tmpdir(), 'chrono-roots-'))
const ended = new AbortController()
const events: Readonly<Record<string, unknown>>[] = []
const reserved: Reservation[] = []
const metrics = metricsPage()
/** Another protocol's client, which answers of every round alike. */
const connector = createServer(({ url = '' }, response) => {
  const message = fdcMessage(Number(url.split('/')[2]))
  response.end(JSON.stringify({ status: 'OK', data: message, additionalData: '0x0003f1' }))
})
let chain: LocalChain
let journal: Journal
let opened: Awaited<ReturnType<typeof opening>>
let following: Promise<void>
let loop: RootsLoop
let running: Promise<void>

beforeAll(async () => {
  chain = await startChain({
    port: 0,
    roundSec,
    blockMs: 300,
    rewardEpochRounds,
    voters: [{ ...extraVoter(us), weight: 3_000_000 }],
    extraVoters: 3,
  })
  connector.listen(0, '127.0.0.1')
  await once(connector, 'listening')
  opened = await opening()
  following = follow()
  const signers = [signingPolicy.address, sender.address]
  journal = openJournal(join(directory, 'journal'), { chainId, signers })
  start()
}, 90_000)

afterAll(async () => {
  loop.end()
  await running
  ended.abort()
  await following
  opened.observations.close()
  journal.close()
  await chain.stop()
  connector.closeAllConnections()
  connector.close()
  rmSync(directory, { recursive: true })
})

async function opening() {
  const pace = paceOf(schedule)
  const log = () => undefined
  const observations = openObservations(join(directory, 'cache'), { chainId })
  const nodes = [nodeAt(chain.rpcUrl, chainId, pace.nodeMs)]
  const flare = await connectFlare({ nodes, network, observations, log })
  const batch = batchOver(fetch, pace.nodeMs)
  const observer = observerOf({ network, nodes, chain: flare, observations, batch, pace, log })
  await flare.refreshEpochs(await flare.head())
  return { observer, observations, flare, pace }
}

/** Shorter than a block takes; each look costs processor time that other tests want. */
const followMs = 200

async function follow(): Promise<void> {
  while (!ended.signal.aborted) {
    await opened.observer.advance()
    await opened.flare.refreshEpochs(await opened.flare.head())
    await pause(followMs)
  }
}

function start(): void {
  const { observer, flare, pace } = opened
  const key = (role: 'signingPolicy' | 'submitSignatures', signer: PrivateKeyAccount) => ({
    role,
    signer,
    address: signer.address,
    fromRewardEpoch: 0,
  })
  const unused = () => Promise.resolve({ kind: 'unreachable', reason: 'Nobody asks.' } as const)
  const world: World = {
    nowMs: () => Date.now(),
    steadyMs: () => performance.now(),
    sleep: pause,
    chain: flare,
    balanceWei: () => undefined,
    worker: {
      lease: unused,
      freeze: unused,
      report: unused,
      standby: unused,
      reserve: (reservation) => {
        reserved.push(reservation)
        return Promise.resolve({ kind: 'answered', value: { reserved: true } })
      },
    },
    keyring: keyringOf([key('signingPolicy', signingPolicy), key('submitSignatures', sender)]),
    journal,
    lease: {
      token: () => 1,
      lose: () => undefined,
      renew: () => Promise.resolve(1_000),
      isAnothers: () => false,
    },
    isArmed: () => true,
    randomOf: () => '0x',
    guard: (_, entries) => ({ entries, strayed: [] }),
    breaker: breakerOf({
      steadyMs: () => performance.now(),
      roundMs: 90_000,
      log: () => undefined,
    }),
    companions: [httpCompanion({ protocolId: protocolIds.fdc, url: connectorUrl(), fetch })],
    log: (event) => void events.push(event),
    metrics,
    network,
    feePolicy: defaultFeePolicy,
    dailyBudgetWei: 10n ** 21n,
    pace,
  }
  loop = rootsOf({ world, observer, metrics, relay: flare.relay })
  running = loop.run()
}

function connectorUrl(): string {
  // An address with a port is what a TCP server has.
  const { port } = connector.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}

function fdcMessage(votingRoundId: number): Hex {
  const root = { isSecureRandom: false, merkleRoot: keccak256('0x0f') }
  return encodeProtocolMessage({ protocolId: protocolIds.fdc, votingRoundId, ...root })
}

async function untilMs(instantMs: number): Promise<void> {
  await pause(Math.max(0, instantMs - Date.now()))
}

const nonces = new Map<string, number>()

async function send(from: PrivateKeyAccount, to: Hex, data: Hex): Promise<void> {
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
  await client.sendRawTransaction({ serializedTransaction })
}

/** All voters commit and reveal, each its own values. */
async function play(votingRoundId: number): Promise<void> {
  const frame = (payload: Hex) => [{ protocolId: ftso, votingRoundId, payload }]
  const votes = voters.map((voter) => ({
    from: extraVoterAccount(voter, 'submit'),
    random: keccak256(Buffer.from(`random ${voter} ${votingRoundId}`)),
    feedValues: numberToHex(2 ** 31 + 1_000 + voter + (votingRoundId % 7), { size: 4 }),
  }))
  await untilMs(votingRoundStartMs(schedule, votingRoundId) + 2_000)
  for (const { from, ...vote } of votes) {
    const commit = commitHash({ submitAddress: from.address, votingRoundId, ...vote })
    await send(from, submissionAddress, submissionCalldata('submit1', frame(commit)))
  }
  await untilMs(votingRoundStartMs(schedule, votingRoundId + 1) + 100)
  for (const { from, random, feedValues } of votes) {
    const reveal = frame(concatHex([random, feedValues]))
    await send(from, submissionAddress, submissionCalldata('submit2', reveal))
  }
}

/** Peers sign what the round comes to, and send it. */
async function peersSign(votingRoundId: number) {
  const { observer } = opened
  await expect.poll(() => observer.outcomeOf(votingRoundId).kind, slow).toBe('result')
  const result = observer.outcomeOf(votingRoundId)
  if (result.kind !== 'result') throw new Error('Expected a result.')
  const raw = messageHash('chain-bound', result.message, chainId)
  const signed: { readonly voter: number; readonly signature: Signature }[] = []
  for (const voter of peers) {
    const wallet = await extraVoterAccount(voter, 'policy').signMessage({ message: { raw } })
    const signature = signatureOfWallet(wallet)
    const payload = encodeSubmitSignatures({ type: 1, signature, unsigned: '0x' })
    const frames = [{ protocolId: ftso, votingRoundId, payload }]
    const call = submissionCalldata('submitSignatures', frames)
    await send(extraVoterAccount(voter, 'signatures'), submissionAddress, call)
    signed.push({ voter, signature })
  }
  return { result, signed }
}

/** Somebody relays what peers signed together with what we sent. */
async function finalise(votingRoundId: number): Promise<void> {
  const epoch = opened.observer.epochOf(votingRoundId)
  const { result, signed } = await peersSign(votingRoundId)
  await expect.poll(() => ourSignature(votingRoundId), slow).toBeDefined()
  const ours = ourSignature(votingRoundId)
  if (ours === undefined || epoch === undefined) throw new Error('We sent nothing.')
  const signatures = [{ voter: us, signature: ours }, ...signed].map(({ voter, signature }) => ({
    signature,
    index: epoch.policy.voters.findIndex(
      ({ address }) => address === extraVoterAccount(voter, 'policy').address.toLowerCase(),
    ),
  }))
  const { policyBytes } = epoch
  const random = numberToHex(result.random.value, { size: 32 })
  const randomProof = { random, proof: result.randomProof }
  const { message } = result
  const call = relayCalldata({ policyBytes, message, signatures, randomProof })
  await send(extraVoterAccount(bystander, 'policy'), chain.contracts.Relay, call)
}

const slow = { timeout: 15_000, interval: 50 }

/** Ours, as anybody reads it in a block. */
function ourSignature(votingRoundId: number): Signature | undefined {
  const own = opened.observer
    .signaturesFor(ftso, votingRoundId)
    .filter((call) => call.sender === sender.address.toLowerCase())
  const payload = own[0]?.payload
  return payload === undefined ? undefined : readSubmitSignatures(payload)?.signature
}

const nextRound = (): number => votingRoundAt(schedule, Date.now()) + 1
/** Whether an event tells of a signature of our own root. */
const isRoot = (event: Readonly<Record<string, unknown>>, round: number) =>
  event['event'] === 'root-signed' &&
  event['voting_round_id'] === round &&
  event['protocol_id'] === undefined

test('each round is signed once, lands, is taken by Relay, and is found equal', async () => {
  const round = nextRound()
  await Promise.all([play(round), afterReveals(round, finalise)])
  await expect.poll(() => journal.verdictOn(round), slow).toMatchObject({ verdict: 'equal' })
  const root = journal.rootOf({ protocolId: ftso, votingRoundId: round })
  expect(root?.signed).toMatchObject({ form: 'chain-bound', signature: ourSignature(round) })
  expect(events.filter((event) => isRoot(event, round))).toHaveLength(1)
  const call = { kind: 'submitSignatures', part: 'main', votingRoundId: round } as const
  await expect
    .poll(() => journal.statusOf({ ...call, signer: sender.address }), slow)
    .toBe('confirmed')
  expect(
    reserved.filter((each) => each.voting_round_id === round && each.protocol_id === ftso),
  ).toMatchObject([{ kind: 'root', protocol_id: 100, digest: keccak256(root?.message ?? '0x') }])
  const page = await metrics.text()
  expect(page).toContain('chrono_bridge_roots_total{stage="included"} 1')
  expect(page).toContain('chrono_bridge_root_checks_total{verdict="equal"} 1')
  expect(page).toContain('chrono_bridge_root_inclusion_seconds_count 1')
}, 60_000)

test("a companion's root is signed in the same form, and lands in the same round", async () => {
  const round = nextRound()
  await play(round)
  const ours = () =>
    opened.observer
      .signaturesFor(protocolIds.fdc, round)
      .filter((call) => call.sender === sender.address.toLowerCase())
  await expect.poll(ours, { ...slow, timeout: 25_000 }).toHaveLength(1)
  const said = readSubmitSignatures(ours()[0]?.payload ?? '0x')
  expect(said).toMatchObject({ type: 1, unsigned: '0x0003f1' })
  const name = { protocolId: protocolIds.fdc, votingRoundId: round }
  expect(journal.rootOf(name)).toMatchObject({
    message: fdcMessage(round),
    signed: { form: 'chain-bound', signature: said?.signature },
  })
}, 60_000)

async function afterReveals(
  round: number,
  act: (votingRoundId: number) => Promise<unknown>,
): Promise<void> {
  await untilMs(votingRoundStartMs(schedule, round + 1) + (roundSec * 1_000) / 2)
  await act(round)
}

test('a round for which we are drawn is made final by us, with what peers sent', async () => {
  const round = await relayedRound()
  await expect.poll(() => journal.verdictOn(round), slow).toMatchObject({ verdict: 'equal' })
  const finalisation = opened.observer.finalisationOf(ftso, round)
  const [attempt] = journal.relayAttempts(round)
  expect(attempt?.txHash).toBe(finalisation?.txHash)
  expect(events).toContainEqual(
    expect.objectContaining({ event: 'round-relayed', voting_round_id: round }),
  )
}, 180_000)

/** The grace period lasts 1.8 s here, which a machine that does other things too may miss. */
async function relayedRound(): Promise<number> {
  for (let tries = 0; tries < 4; tries += 1) {
    const round = await drawnRound()
    await Promise.all([play(round), afterReveals(round, peersSign)])
    await untilMs(votingRoundStartMs(schedule, round + 2))
    if (opened.observer.finalisationOf(ftso, round) !== undefined) return round
  }
  throw new Error('None of our relays came in time.')
}

/** A round to come for which we are drawn: every other one, by our weight. */
async function drawnRound(): Promise<number> {
  for (let tries = 0; tries < 20; tries += 1) {
    const round = nextRound()
    const epoch = opened.observer.epochOf(round)
    const drawing = { protocolId: ftso, votingRoundId: round }
    const drawn = epoch === undefined ? [] : selectedFinalisers(epoch.policy, drawing)
    if (drawn.some((address) => address === signingPolicy.address.toLowerCase())) return round
    await untilMs(votingRoundStartMs(schedule, round) + 50)
  }
  throw new Error('We were never drawn.')
}

test('a process that starts anew neither signs nor sends a round again', async () => {
  const round = nextRound()
  await play(round)
  await expect.poll(() => ourSignature(round), slow).toBeDefined()
  loop.end()
  await running
  const before = journal.rootOf({ protocolId: ftso, votingRoundId: round })
  start()
  await untilMs(votingRoundStartMs(schedule, round + 2) + 500)
  expect(events.filter((event) => isRoot(event, round))).toHaveLength(1)
  expect(journal.rootOf({ protocolId: ftso, votingRoundId: round })?.signed).toEqual(before?.signed)
  const own = opened.observer
    .signaturesFor(ftso, round)
    .filter((call) => call.sender === sender.address.toLowerCase())
  expect(own).toHaveLength(1)
  // Nobody relayed it, which is told when its epoch is over.
  await expect
    .poll(() => journal.verdictOn(round), slow)
    .toMatchObject({
      verdict: 'not-finalised',
    })
}, 60_000)
