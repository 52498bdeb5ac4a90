/**
 * The roots' loop with a companion that is asked over real HTTP: a real journal and real signatures,
 * virtual time, a chain that mines by nonce, and a process that can be stopped at any deed.
 */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Address, type Hex, keccak256, parseTransaction } from 'viem'
import { digestsIn } from '../../signer-bridge/call-digests.ts'
import type { Companion } from '../../signer-bridge/companions/companion.ts'
import { httpCompanion } from '../../signer-bridge/companions/http-companion.ts'
import { callOf } from '../../signer-bridge/endings.ts'
import { defaultFeePolicy } from '../../signer-bridge/fees.ts'
import { inMemory } from '../../signer-bridge/journal/database.ts'
import { type Journal, openJournal } from '../../signer-bridge/journal/journal.ts'
import { keyringOf } from '../../signer-bridge/keyring.ts'
import { paceOf } from '../../signer-bridge/pace.ts'
import { type Breaker, breakerOf } from '../../signer-bridge/policy/breaker.ts'
import type { Signer } from '../../signer-bridge/roles.ts'
import { rootsOf } from '../../signer-bridge/roots/roots.ts'
import type { RootsLoop } from '../../signer-bridge/roots/root-loop.ts'
import { calldataOf } from '../../signer-bridge/vote.ts'
import type { World } from '../../signer-bridge/world.ts'
import { commitHash } from '../../src/protocol/commit.ts'
import type { Reservation } from '../../src/protocol/bridge-wire.ts'
import { votingRoundAt, votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { networks } from '../../src/protocol/networks.ts'
import { encodeProtocolMessage } from '../../src/protocol/protocol-message.ts'
import { readSubmission, type Submission } from '../../src/protocol/submission.ts'
import {
  anEpoch,
  aFinalisation,
  aPeerCall,
  aResult,
  ObservedRounds,
  sendingKey,
} from './observed-rounds.ts'
import { aVoter } from './policy-signers.ts'
import { VirtualTime } from './virtual-time.ts'

/** The round in which signatures are sent, and the one that they are of. */
export const sendingRound = 1_000
export const round = sendingRound - 1

export const fdcMessage = (votingRoundId = round, root = '77'): Hex =>
  encodeProtocolMessage({
    protocolId: 200,
    votingRoundId,
    isSecureRandom: false,
    merkleRoot: `0x${root.repeat(32)}`,
  })

/** What the companion's server answers: a body, or nothing for ever. */
export type Reply = { readonly status: string; readonly data?: Hex; readonly additionalData?: Hex }
export const silence = 'silence'

/** A transaction that a node was handed, and the block that took it. */
export type Handed = {
  readonly nonce: number
  readonly calldata: Hex
  readonly frames: Submission['frames']
  /** Of its round, seconds. */
  readonly second: number
  landedSec?: number
}

class Killed extends Error {}

const blockMs = 1_800
const stepMs = 100

export class CompanionModel {
  readonly network = networks.flare
  readonly time = new VirtualTime(this.msOf(sendingRound, 40))
  readonly rounds = new ObservedRounds()
  readonly journal: Journal
  readonly events: Readonly<Record<string, unknown>>[] = []
  readonly handed: Handed[] = []
  readonly reserved: Reservation[] = []
  /** Stages of the companion's roots. */
  readonly stages: string[] = []
  /** What the companion was asked for, with the second. */
  readonly asked: string[] = []
  /** What it answers so many seconds into the sending round. */
  reply: (second: number) => Reply | typeof silence = () => ({ status: 'EMPTY' })
  /** Nothing that is sent lands while it is set. */
  isFull = false
  /** Who signs roots; in place of our voter's key. */
  rootSigner: Signer = aVoter(1)
  /** What became of signatures, where it is not what a process itself has seen. */
  breaker: Breaker | undefined
  readonly #final = new Map<number, Hex>()
  readonly #hashes = new Map<string, Handed & { blockNumber: number; timestampSec: number }>()
  readonly #underWay = new Set<Promise<unknown>>()
  #closePort: () => void = () => undefined
  #url = ''

  constructor() {
    const signers = [aVoter(1).address, aVoter(sendingKey(1)).address]
    this.journal = openJournal(inMemory, { chainId: this.network.chainId, signers })
    this.rounds.epoch = anEpoch([10, 10, 10, 10])
    void this.#mineForEver()
  }

  /** Opens the companion's port, and lets peers sign the round before, by which the digest is known. */
  async open(): Promise<void> {
    const server = createServer((request, response) => {
      this.asked.push(`${this.#second()} ${String(request.url)}`)
      const reply = this.reply(this.#second())
      if (reply === silence) return
      response.end(JSON.stringify(reply))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    // An address with a port is what a TCP server has.
    const { port } = server.address() as AddressInfo
    this.#url = `http://127.0.0.1:${port}`
    this.#closePort = () => {
      server.closeAllConnections()
      server.close()
    }
    await this.#read(round - 1)
  }

  close(): void {
    this.#closePort()
  }

  /** Our own result of the round is read so many seconds into the next. */
  readOursAt(second: number): void {
    void this.time
      .sleep(this.msOf(sendingRound, second) - this.time.nowMs())
      .then(() => this.#read(round))
  }

  /** So is that of another round, so many seconds into the one after it. */
  readAt(votingRoundId: number, second: number): void {
    void this.time
      .sleep(this.msOf(votingRoundId + 1, second) - this.time.nowMs())
      .then(() => this.#read(votingRoundId))
  }

  /** Does something so many seconds into the sending round. */
  at(second: number, deed: () => void): void {
    void this.time.sleep(this.msOf(sendingRound, second) - this.time.nowMs()).then(deed)
  }

  /** Notes that a companion's message is final. */
  finalise(message: Hex): void {
    this.#final.set(aFinalisation(message).votingRoundId, message)
  }

  /** Notes that our reveal of the round is on chain, with frames of these protocols in it. */
  voteIsOut(others: readonly number[]): void {
    const reveal = { random: `0x${'5a'.repeat(32)}`, feedValues: '0x8000007b' } as const
    const of = { submitAddress: aVoter(9).address, votingRoundId: round }
    const commit = commitHash({ ...of, ...reveal })
    const vote = { ...of, ...reveal, commit, rewardEpochId: 309, frozenAtMs: 1 }
    this.journal.prepare(vote, 1)
    const beside = others.map((protocolId) => ({
      protocolId,
      votingRoundId: round,
      payload: '0x0101' as const,
    }))
    const calldata = calldataOf(vote, 'submit2', beside)
    const call = callOf(vote, 'submit2')
    const digests = digestsIn('submit2', calldata)
    this.journal.claimNonce({ ...call, calldata, digests, nonce: 0, atMs: 1 }, () => false)
    this.journal.settle({ ...call, status: 'confirmed', atMs: 2 })
  }

  /** Lets time pass, and stand still while an answer is on its way. */
  async runTo(votingRoundId: number, second: number): Promise<void> {
    const endMs = this.msOf(votingRoundId, second)
    while (this.time.nowMs() < endMs) {
      await this.time.runUntil(Math.min(endMs, this.time.nowMs() + stepMs))
      while (this.#underWay.size > 0) await Promise.race(this.#underWay)
    }
  }

  msOf(votingRoundId: number, second: number): number {
    return votingRoundStartMs(this.network.schedule, votingRoundId) + second * 1_000
  }

  /** The protocols of each different call that was sent, in the order of its first sending. */
  calls(): readonly (readonly number[])[] {
    const all = new Map(this.handed.map(({ calldata, frames }) => [calldata, frames]))
    return [...all.values()].map((frames) => frames.map(({ protocolId }) => protocolId))
  }

  /** What blocks have taken, with the stamps of those. */
  landed(): readonly Handed[] {
    return [...this.#hashes.values()].filter(({ landedSec }) => landedSec !== undefined)
  }

  said(event: string): readonly Readonly<Record<string, unknown>>[] {
    return this.events.filter((each) => each['event'] === event)
  }

  /** Starts a process; it dies where `mayDo` says no. */
  start(mayDo: (deed: string) => boolean = () => true) {
    let dead = false
    const never = new Promise<never>(() => undefined)
    const check = (deed: string) => {
      if (!dead && !mayDo(deed)) dead = true
      if (dead) throw new Killed(deed)
    }
    const mortal = <P extends object>(port: P, name: string): P =>
      // A proxy keeps every function's type, which mapping over them would lose.
      new Proxy(port, {
        get: (target, key) => {
          const value: unknown = Reflect.get(target, key)
          if (typeof value !== 'function') return value
          return (...args: unknown[]) => {
            check(`before ${name}.${String(key)}`)
            const done: unknown = Reflect.apply(value, target, args)
            if (!(done instanceof Promise)) {
              check(`after ${name}.${String(key)}`)
              return done
            }
            return done.then((answer: unknown) => {
              check(`after ${name}.${String(key)}`)
              return answer
            })
          }
        },
      })
    const world = this.#world(mortal)
    const alive: World = {
      ...world,
      sleep: (ms) => (dead ? never : world.sleep(ms)),
      log: (event) => {
        if (!dead) world.log(event)
      },
    }
    const observer = {
      ...this.rounds.port(),
      finalisationOf: (protocolId: number, votingRoundId: number) => {
        const message = this.#final.get(votingRoundId)
        return protocolId !== 200
          ? this.rounds.port().finalisationOf(protocolId, votingRoundId)
          : message && aFinalisation(message)
      },
    }
    const metrics = {
      rootReached: () => undefined,
      rootIncluded: () => undefined,
      rootChecked: () => undefined,
      companionReached: (protocolId: number, stage: string) =>
        void this.stages.push(`${protocolId} ${stage}`),
    }
    const loop = rootsOf({ world: alive, observer, metrics })
    let hasEnded = false
    void loop.run().then(() => {
      hasEnded = true
    })
    const process: { loop: RootsLoop; isDead: () => boolean; hasEnded: () => boolean } = {
      loop,
      isDead: () => dead,
      hasEnded: () => hasEnded,
    }
    return process
  }

  async #read(votingRoundId: number): Promise<void> {
    const { chainId } = this.network
    const { message } = aResult(votingRoundId)
    this.rounds.outcomes.set(votingRoundId, aResult(votingRoundId))
    const peer = await aPeerCall(2, message, { form: 'chain-bound', chainId })
    this.rounds.peers.set(votingRoundId, [peer])
  }

  #second(): number {
    return (this.time.nowMs() - this.msOf(sendingRound, 0)) / 1_000
  }

  /** The real client; a server that is silent is waited for in virtual time. */
  #companion(): Companion {
    const client = httpCompanion({ protocolId: 200, url: this.#url, fetch })
    return {
      ...client,
      messageFor: (votingRoundId, address, deadlineMs) => {
        const answer = client.messageFor(votingRoundId, address, deadlineMs)
        const late = { kind: 'again', reason: 'It did not answer in time.' } as const
        if (this.reply(this.#second()) === silence) {
          return this.time.sleep(deadlineMs).then(() => late)
        }
        const done: Promise<unknown> = answer.finally(() => this.#underWay.delete(done))
        this.#underWay.add(done)
        return answer
      },
    }
  }

  async #mineForEver(): Promise<void> {
    for (let blockNumber = 1; ; blockNumber += 1) {
      await this.time.sleep(blockMs)
      if (this.isFull) continue
      const timestampSec = Math.floor(this.time.nowMs() / 1_000)
      for (const [hash, one] of this.#hashes) {
        if (one.landedSec !== undefined || one.nonce !== this.#count()) continue
        one.landedSec = timestampSec
        this.#hashes.set(hash, { ...one, blockNumber, timestampSec })
      }
    }
  }

  #count(): number {
    return [...this.#hashes.values()].filter(({ landedSec }) => landedSec !== undefined).length
  }

  #take(raw: Hex): void {
    const { nonce = 0, data: calldata = '0x' } = parseTransaction(raw)
    const frames = readSubmission(calldata)?.frames ?? []
    const handed = { nonce, calldata, frames, second: this.#second() }
    this.handed.push(handed)
    // One of a nonce: what is dearer takes its place.
    for (const [hash, one] of this.#hashes) {
      if (one.nonce === nonce && one.landedSec === undefined) this.#hashes.delete(hash)
    }
    if (nonce >= this.#count()) {
      this.#hashes.set(keccak256(raw), { ...handed, blockNumber: 0, timestampSec: 0 })
    }
  }

  #chain(): World['chain'] {
    const unused = () => Promise.reject(new Error('Nobody asks for this here.'))
    const soon = async <T>(value: () => T): Promise<T> => {
      await this.time.sleep(40)
      return value()
    }
    return {
      feedsOf: () => ({ rewardEpochId: 309, feeds: [] }),
      callsBy: unused,
      balanceWei: unused,
      pendingCount: unused,
      refreshEpochs: unused,
      head: () =>
        soon(() => {
          const timestampSec = Math.floor(this.time.nowMs() / 1_000)
          return { number: timestampSec, timestampSec, baseFeeWei: 500_000_000_000n }
        }),
      latestCount: () => soon(() => this.#count()),
      receiptsOf: (hashes) =>
        soon(() =>
          hashes.flatMap((txHash) => {
            const { landedSec, blockNumber = 0, timestampSec = 0 } = this.#hashes.get(txHash) ?? {}
            const receipt = { txHash, blockNumber, timestampSec, gasUsed: 30_000, feeWei: 1n }
            return landedSec === undefined ? [] : [{ ...receipt, hasReverted: false }]
          }),
        ),
      send: (raw) =>
        soon(() => {
          this.#take(raw)
          return { kind: 'accepted' }
        }),
    }
  }

  #world(mortal: <P extends object>(port: P, name: string) => P): World {
    const { network, time } = this
    const unused = () => Promise.resolve({ kind: 'unreachable', reason: 'Nobody asks.' } as const)
    const ignore = () => undefined
    const log: World['log'] = (event) => void this.events.push(event)
    const key = (role: 'signingPolicy' | 'submitSignatures', place: number) => ({
      role,
      address: aVoter(place).address as Address,
      signer: role === 'signingPolicy' ? this.rootSigner : aVoter(place),
      fromRewardEpoch: 0,
    })
    return {
      nowMs: time.nowMs,
      steadyMs: time.nowMs,
      sleep: time.sleep,
      chain: mortal(this.#chain(), 'chain'),
      balanceWei: ignore,
      breaker: this.breaker ?? breakerOf({ steadyMs: time.nowMs, roundMs: 90_000, log }),
      worker: {
        lease: unused,
        freeze: unused,
        report: unused,
        standby: unused,
        reserve: async (reservation) => {
          await time.sleep(50)
          this.reserved.push(reservation)
          return { kind: 'answered', value: { reserved: true } }
        },
      },
      keyring: keyringOf([key('signingPolicy', 1), key('submitSignatures', sendingKey(1))]),
      journal: mortal(this.journal, 'journal'),
      lease: {
        token: () => 1,
        lose: ignore,
        renew: () => Promise.resolve(1_000),
        isAnothers: () => false,
      },
      isArmed: () => true,
      randomOf: () => '0x',
      guard: (_, entries) => ({ entries, strayed: [] }),
      companions: [mortal(this.#companion(), 'companion')],
      log: (event) =>
        void this.events.push({
          ...event,
          round: votingRoundAt(network.schedule, time.nowMs()),
          second: this.#second(),
        }),
      metrics: {
        stageReached: ignore,
        commitLanded: ignore,
        revealLanded: ignore,
        headSeen: ignore,
        balanceSeen: ignore,
        outboxSeen: ignore,
        leaseSeen: ignore,
      },
      network,
      feePolicy: defaultFeePolicy,
      dailyBudgetWei: 10n ** 21n,
      pace: paceOf(network.schedule),
    }
  }
}
