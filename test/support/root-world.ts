/**
 * The roots' loop in a world of its own: virtual time, an observer by hand, a Worker that reserves,
 * a chain that takes calls, and a process that can be stopped at any instant and started again with
 * the same journal.
 */

import type { Hex } from 'viem'
import { migrate } from '../../signer-bridge/journal/migrate.ts'
import { type Database, inMemory, openDatabase } from '../../signer-bridge/journal/database.ts'
import { type RootBook, rootBook, type RootRow } from '../../signer-bridge/journal/roots.ts'
import { type VerdictBook, verdictBook } from '../../signer-bridge/journal/verdicts.ts'
import { keyringOf } from '../../signer-bridge/keyring.ts'
import { paceOf } from '../../signer-bridge/pace.ts'
import type { Role } from '../../signer-bridge/roles.ts'
import { digestBook } from '../../signer-bridge/roots/digest-book.ts'
import { type RootsLoop, rootsLoopOf } from '../../signer-bridge/roots/root-loop.ts'
import type { RootsWorld } from '../../signer-bridge/roots/roots-world.ts'
import { rootWindowOf } from '../../signer-bridge/roots/root-plan.ts'
import type { SignaturesCall } from '../../signer-bridge/roots/signatures-call.ts'
import type { Answer } from '../../signer-bridge/worker-client.ts'
import type { Reservation, Reserved } from '../../src/protocol/bridge-wire.ts'
import { messageHash } from '../../src/protocol/digests.ts'
import { votingRoundAt, votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { type NetworkName, networks } from '../../src/protocol/networks.ts'
import { type Signature, signatureOfWallet } from '../../src/protocol/signatures.ts'
import { anEpoch, aPeerCall, aResult, ObservedRounds, sendingKey } from './observed-rounds.ts'
import { aVoter } from './policy-signers.ts'
import { VirtualTime } from './virtual-time.ts'

export const firstRound = 1_000
/** The round whose signatures are sent in the first. */
export const openRound = firstRound - 1

/** A call on its way or on chain. */
type Sent = { readonly signature: Signature; readonly sentAtMs: number; landedAtMs?: number }

/** Ends a process of the model: nothing it does after this has any effect. */
class Killed extends Error {}

export class RootModel {
  readonly network
  readonly time: VirtualTime
  readonly rounds = new ObservedRounds()
  readonly journal: RootBook & VerdictBook
  readonly database: Database
  /** What the processes did and said, each with the second of its round. */
  readonly diary: string[] = []
  readonly stages: string[] = []
  /** Of the self-check, but of rounds from before the world began. */
  readonly verdicts: string[] = []
  /** Every signature that was made, whether it was kept or not. */
  readonly signed: { readonly votingRoundId: number; readonly message: Hex }[] = []
  readonly sent = new Map<number, Sent[]>()
  readonly reserved = new Map<string, string>()
  /** What the Worker answers instead of reserving. */
  workerAnswer: Answer<Reserved> | undefined
  hasLease = true
  /** Whether a vote of ours is out in a round. */
  owes: (votingRoundId: number) => boolean = () => false
  isArmed = true
  /** Calls that are sent land so much later; none do while it is infinite. */
  landsAfterMs = 3_000
  /** What has landed is seen so much later. */
  seenAfterMs = 0
  /** Instead of a signature. */
  signFailure: Error | undefined
  keys: { signingPolicy: number; submitSignatures: number } | undefined = {
    signingPolicy: 1,
    submitSignatures: sendingKey(1),
  }
  /** In place of these from a reward epoch on. */
  nextKeys: { signingPolicy: number; submitSignatures: number; fromRewardEpoch: number } | undefined
  readonly #ends = new Map<number, 'confirmed' | 'failed' | 'missed'>()

  constructor(name: NetworkName = 'flare') {
    this.network = networks[name]
    // Shortly before the first window opens.
    this.time = new VirtualTime(this.msOf(firstRound, 40))
    this.database = openDatabase(inMemory, migrate)
    this.journal = { ...rootBook(this.database), ...verdictBook(this.database) }
    this.rounds.epoch = anEpoch([10, 10, 10, 10])
  }

  /** What is read of a round so many seconds into the next: our result, and what peers signed of it. */
  async readAt(votingRoundId: number, second: number, keys: readonly number[] = [2]) {
    const { message } = aResult(votingRoundId)
    const { chainId } = this.network
    const calls = keys.map((key) => aPeerCall(key, message, { form: 'chain-bound', chainId }))
    const peers = await Promise.all(calls)
    this.at(votingRoundId + 1, second, () => {
      this.rounds.outcomes.set(votingRoundId, aResult(votingRoundId))
      this.rounds.peers.set(votingRoundId, peers)
    })
  }

  /** Does something so many seconds into a round. */
  at(votingRoundId: number, second: number, deed: () => void): void {
    void this.time.sleep(this.msOf(votingRoundId, second) - this.time.nowMs()).then(deed)
  }

  /** Lets time pass up to so many seconds into a round. */
  async runTo(votingRoundId: number, second: number): Promise<void> {
    await this.time.runUntil(this.msOf(votingRoundId, second))
  }

  msOf(votingRoundId: number, second: number): number {
    return votingRoundStartMs(this.network.schedule, votingRoundId) + second * 1_000
  }

  /** What was said of a kind, without the instants. */
  said(event: string): readonly string[] {
    return this.diary.flatMap((line) => {
      const [, name, ...rest] = line.split(' ')
      return name === event ? [rest.join(' ')] : []
    })
  }

  /**
   * Starts a process.
   *
   * @param mayDo Asked before and after each deed that is seen from outside; it dies at a no.
   */
  start(mayDo: (deed: string) => boolean = () => true) {
    let dead = false
    let hasEnded = false
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
    const loop = rootsLoopOf(this.#world(mortal, () => dead))
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

  #world(
    mortal: <P extends object>(port: P, name: string) => P,
    isDead: () => boolean,
  ): RootsWorld {
    const { network, time } = this
    const never = new Promise<never>(() => undefined)
    const note = (line: string) => void this.diary.push(`${this.#clock()} ${line}`)
    const signer = mortal({ signRoot: this.#signRoot }, 'signer')
    const observer = this.rounds.port()
    return {
      nowMs: time.nowMs,
      steadyMs: time.nowMs,
      isOwed: ({ votingRoundId }) => this.owes(votingRoundId),
      // Who is dead sleeps for ever.
      sleep: (ms) => (isDead() ? never : time.sleep(ms)),
      network,
      heads: { refresh: () => Promise.resolve(), moment: this.#moment },
      observer,
      digests: digestBook({ observer, network }),
      journal: mortal(this.journal, 'journal'),
      worker: mortal({ reserve: this.#reserve }, 'worker'),
      lease: this.#lease(note),
      isArmed: () => this.isArmed,
      signerRefusal: () => undefined,
      signRoot: signer.signRoot,
      call: mortal(this.#call(), 'call'),
      keyring: this.#keyring(),
      metrics: {
        rootReached: (stage) => void this.stages.push(stage),
        companionReached: () => undefined,
        rootChecked: (verdict) => {
          if (verdict !== 'unknown') this.verdicts.push(verdict)
        },
      },
      pace: paceOf(network.schedule),
      companions: [],
      log: ({ event, voting_round_id, reason, code }) => {
        if (!isDead() && event !== 'root-not-checked')
          note([event, voting_round_id, reason ?? code].filter(Boolean).join(' '))
      },
    }
  }

  #clock(): string {
    const nowMs = this.time.nowMs()
    const round = votingRoundAt(this.network.schedule, nowMs)
    return `${round}+${Math.round((nowMs - this.msOf(round, 0)) / 100) / 10}`
  }

  readonly #moment = () => {
    const wallMs = this.time.nowMs()
    const timestampSec = Math.floor(wallMs / 1_000)
    const head = { number: timestampSec, timestampSec, baseFeeWei: 1n }
    return { wallMs, isClockTrusted: true, head, sinceHeadMs: wallMs - timestampSec * 1_000 }
  }

  readonly #reserve = async (reservation: Reservation): Promise<Answer<Reserved>> => {
    await this.time.sleep(50)
    if (this.workerAnswer !== undefined) return this.workerAnswer
    const { signer, kind, protocol_id, voting_round_id, digest } = reservation
    const name = [signer, kind, protocol_id, voting_round_id].join(' ')
    const first = this.reserved.get(name) ?? digest
    this.reserved.set(name, first)
    return first === digest
      ? { kind: 'answered', value: { reserved: true } }
      : { kind: 'refused', status: 409, code: 'digest-differs' }
  }

  #lease(note: (line: string) => void): RootsWorld['lease'] {
    return {
      token: () => (this.hasLease ? 1 : undefined),
      lose: () => note('lease-lost'),
      renew: () => {
        note('lease-renewed')
        this.workerAnswer = undefined
        return Promise.resolve(1_000)
      },
    }
  }

  readonly #signRoot: RootsWorld['signRoot'] = async (key, { message, form, chainId }) => {
    await this.time.sleep(20)
    if (this.signFailure !== undefined) throw this.signFailure
    this.signed.push({ votingRoundId: Number(`0x${message.slice(4, 12)}`), message })
    const raw = messageHash(form, message, chainId)
    return signatureOfWallet(await key.signer.signMessage({ message: { raw } }))
  }

  /** The journal and the chain of calls: both outlive a process. */
  #call(): SignaturesCall {
    const sentOf = ({ votingRoundId }: RootRow) => this.sent.get(votingRoundId) ?? []
    return {
      statusOf: (root) =>
        this.#ends.get(root.votingRoundId) ?? (sentOf(root).length > 0 ? 'planned' : undefined),
      carriageOf: (root) => (sentOf(root).length > 0 ? 'begun' : 'open'),
      pursue: async (root, maySend) => {
        await this.time.sleep(40)
        if (!maySend() || root.signed === undefined) return
        const { signature } = root.signed
        const last = sentOf(root).at(-1)
        if (last !== undefined && this.time.nowMs() - last.sentAtMs < 5_000) return
        const landedAtMs = this.time.nowMs() + this.landsAfterMs
        const sent = { signature, sentAtMs: this.time.nowMs(), landedAtMs }
        this.sent.set(root.votingRoundId, [...sentOf(root), sent])
      },
      look: async (root, { isLast }) => {
        await this.time.sleep(40)
        if (this.#ends.has(root.votingRoundId)) return
        const { closesMs } = rootWindowOf(this.network.schedule, root.votingRoundId)
        const nowMs = this.time.nowMs()
        const isOnChain = ({ landedAtMs }: Sent) =>
          landedAtMs !== undefined &&
          landedAtMs + this.seenAfterMs <= nowMs &&
          landedAtMs < closesMs
        if (sentOf(root).some(isOnChain)) {
          this.#ends.set(root.votingRoundId, 'confirmed')
          this.stages.push('included')
        } else if (isLast) {
          this.#ends.set(root.votingRoundId, sentOf(root).length > 0 ? 'failed' : 'missed')
        }
      },
      giveUp: (root) => void this.#ends.set(root.votingRoundId, 'failed'),
    }
  }

  #keyring(): RootsWorld['keyring'] {
    if (this.keys === undefined) return keyringOf([])
    const keyOf = (role: Role, key: number, fromRewardEpoch: number) => {
      const signer = aVoter(key)
      return { role, address: signer.address, signer, fromRewardEpoch }
    }
    const all = [{ ...this.keys, fromRewardEpoch: 0 }, ...(this.nextKeys ? [this.nextKeys] : [])]
    return keyringOf(
      all.flatMap(({ signingPolicy, submitSignatures, fromRewardEpoch }) => [
        keyOf('signingPolicy', signingPolicy, fromRewardEpoch),
        keyOf('submitSignatures', submitSignatures, fromRewardEpoch),
      ]),
    )
  }
}
