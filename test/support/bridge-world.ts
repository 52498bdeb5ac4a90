/**
 * The world of a signer bridge as a model: a chain that mines, a Worker that freezes, and a process
 * that can be stopped at any instant and started again with the same journal.
 */

import {
  type Address,
  type Hash,
  type Hex,
  isAddressEqual,
  keccak256,
  parseGwei,
  parseTransaction,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { adoptionChore } from '../../signer-bridge/adoption.ts'
import { armingOf } from '../../signer-bridge/arming.ts'
import type { Receipt, SendOutcome, SubmissionCall } from '../../signer-bridge/chain/chain.ts'
import type { FlareChain } from '../../signer-bridge/chain/flare.ts'
import { type Chore, choresOf, keepUp } from '../../signer-bridge/chores.ts'
import type { Companion } from '../../signer-bridge/companions/companion.ts'
import { defaultFeePolicy } from '../../signer-bridge/fees.ts'
import { headsOf } from '../../signer-bridge/heads.ts'
import { inMemory } from '../../signer-bridge/journal/database.ts'
import { type Journal, openJournal } from '../../signer-bridge/journal/journal.ts'
import { type DatedKey, keyringOf, sendersIn } from '../../signer-bridge/keyring.ts'
import { leaseHolding } from '../../signer-bridge/lease.ts'
import type { Metrics, MetricsPage } from '../../signer-bridge/metrics.ts'
import { paceOf } from '../../signer-bridge/pace.ts'
import { type Breaker, breakerOf, brokenKeys } from '../../signer-bridge/policy/breaker.ts'
import { randomOf } from '../../signer-bridge/random.ts'
import { type Loop, loopOf } from '../../signer-bridge/run.ts'
import type { Signer } from '../../signer-bridge/roles.ts'
import type { Answer, Worker } from '../../signer-bridge/worker-client.ts'
import type { World } from '../../signer-bridge/world.ts'
import type { OrderedFeed, SubmissionReport } from '../../src/protocol/bridge-wire.ts'
import { lowerCase } from '../../src/protocol/address.ts'
import { votingRoundAt, votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { feedId, feedSymbol } from '../../src/protocol/feed.ts'
import { type Network, networks, withRoundSec } from '../../src/protocol/networks.ts'
import type { PayloadFrame } from '../../src/protocol/payload.ts'
import { readSubmission } from '../../src/protocol/submission.ts'
import { VirtualTime } from './virtual-time.ts'

export const account = privateKeyToAccount(keccak256('0x01'))
/** The submit key from the second reward epoch of the model on, where a test has one. */
export const nextAccount = privateKeyToAccount(keccak256('0x02'))
const operatorSecret = 'an operator secret of the test world'

export const feeds: readonly OrderedFeed[] = ['FLR/USD', 'BTC/USD', 'ETH/USD'].map((symbol, i) => ({
  id: feedIdOf(symbol),
  decimals: [7, 2, 3][i] ?? 0,
}))

function feedIdOf(symbol: string) {
  return feedId({ symbol: feedSymbol(symbol), category: 1 })
}

/** A transaction in a block. */
export type Mined = {
  readonly raw: Hex
  readonly sender: Address
  readonly txHash: Hash
  readonly nonce: number
  readonly kind: 'submit1' | 'submit2'
  readonly votingRoundId: number
  /** Of the first frame: ours, unless companions speak alone. */
  readonly protocolId: number
  readonly payload: Hex
  /** All that it says. */
  readonly frames: readonly PayloadFrame[]
  readonly blockNumber: number
  readonly timestampSec: number
}

type Waiting = Omit<Mined, 'blockNumber' | 'timestampSec'> & {
  readonly maxFee: bigint
  readonly tip: bigint
  readonly gas: bigint
}

/** Twelve blocks in a minute are fewer than Flare's and more than enough. */
export class ChainModel {
  readonly mined: Mined[] = []
  /** Every transaction that a node was handed, taken or not. */
  readonly handed: { readonly raw: Hex; readonly sender: Address; readonly atMs: number }[] = []
  baseFeeWei = parseGwei('500')
  balanceWei = 100n * 10n ** 18n
  /** Of an address, where it is another one; nodes do not tell it while it is `undefined`. */
  readonly balances = new Map<Address, bigint | undefined>()
  /** The next sendings are acknowledged and forgotten. */
  drops = 0
  isDown = false
  /** Nodes answer every other question, and no transaction reaches them. */
  takesNothing = false
  /** Blocks are mined and hold nothing of ours. */
  isFull = false
  /** Which transactions in blocks nodes know no receipt of. */
  hides: (mined: Mined) => boolean = () => false
  /** Nodes answer every other question. */
  refusesReceipts = false
  /** So many transactions too many are counted. */
  overcount = 0
  /** Calls with our key that no process of ours has sent. */
  readonly foreign: SubmissionCall[] = []
  /** Nodes answer every other question. */
  refusesBlocks = false
  /** Nodes never answer a question for full blocks. */
  hangsOnBlocks = false
  /** The reward epoch of a round. */
  epochOf: (votingRoundId: number) => number = () => 1
  /** How often full blocks were asked for. */
  looks = 0
  readonly #time: VirtualTime
  readonly #blockMs: number
  readonly #waiting = new Map<string, Waiting>()
  /** How many of the mined are of each sender: every block asks for it, of thousands. */
  readonly #counts = new Map<Address, number>()
  #height = 0
  #timestampSec = 0

  constructor(time: VirtualTime, blockMs: number) {
    this.#time = time
    this.#blockMs = blockMs
  }

  async mineForEver(): Promise<void> {
    for (;;) {
      this.#height += 1
      this.#timestampSec = Math.floor(this.#time.nowMs() / 1_000)
      this.#fill()
      await this.#time.sleep(this.#blockMs)
    }
  }

  #fill(): void {
    if (this.isFull) return
    for (const { address } of [account, nextAccount]) {
      for (;;) {
        const place = placeOf(address, this.#countOf(address))
        const next = this.#waiting.get(place)
        if (next === undefined || next.maxFee < this.baseFeeWei) break
        this.#waiting.delete(place)
        const key = lowerCase(address)
        this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
        this.mined.push({ ...next, blockNumber: this.#height, timestampSec: this.#timestampSec })
      }
    }
  }

  /** How many transactions of a key are in blocks, those of no process of ours among them. */
  #countOf(address: Address): number {
    const key = lowerCase(address)
    const isTheirs = ({ sender }: { readonly sender: Address }) => lowerCase(sender) === key
    return (this.#counts.get(key) ?? 0) + this.foreign.filter(isTheirs).length
  }

  /** The chain as a process sees it, `latencyMs` away. */
  port(latencyMs: number): FlareChain {
    const over = async <T>(answer: () => T | Promise<T>): Promise<T> => {
      await this.#time.sleep(latencyMs)
      if (this.isDown) throw new Error('No node answers.')
      return answer()
    }
    return {
      genesisHash: '0x00',
      refreshContracts: () => over(() => undefined),
      refreshEpochs: () => over(() => undefined),
      feedsOf: (votingRoundId) => ({ rewardEpochId: this.epochOf(votingRoundId), feeds }),
      head: () =>
        over(() => ({
          number: this.#height,
          timestampSec: this.#timestampSec,
          baseFeeWei: this.baseFeeWei,
        })),
      receiptsOf: (hashes) =>
        over(() => {
          if (this.refusesReceipts) throw new Error('No node finds receipts.')
          const seen = this.mined.filter((mined) => !this.hides(mined))
          return seen.filter(({ txHash }) => hashes.includes(txHash)).map(receiptOf)
        }),
      latestCount: (address) => over(() => this.#countOf(address) + this.overcount),
      pendingCount: (address) => over(() => this.#countOf(address) + this.#waiting.size),
      balanceWei: (address) =>
        over(() => {
          const wei = this.balances.has(address) ? this.balances.get(address) : this.balanceWei
          if (wei === undefined) throw new Error('No node tells this balance.')
          return wei
        }),
      callsBy: (addresses, { fromSec, untilSec }) =>
        over(() => {
          this.looks += 1
          if (this.hangsOnBlocks) return new Promise<never>(() => undefined)
          if (this.refusesBlocks) throw new Error('No node gives full blocks.')
          return [...this.mined.map(submissionOf), ...this.foreign]
            .toSorted((one, other) => one.timestampSec - other.timestampSec)
            .filter(({ timestampSec: at }) => at >= fromSec && at < untilSec)
            .filter(({ sender }) => addresses.some((address) => isAddressEqual(address, sender)))
        }),
      send: async (raw, sender) => {
        await this.#time.sleep(latencyMs)
        if (this.isDown || this.takesNothing) {
          return { kind: 'unreachable', reason: 'No node answers.' }
        }
        return this.#take(raw, sender)
      },
    }
  }

  #take(raw: Hex, sender: Address): SendOutcome {
    this.handed.push({ raw, sender, atMs: this.#time.nowMs() })
    if (this.drops > 0) {
      this.drops -= 1
      return { kind: 'accepted' }
    }
    const transaction = waitingOf(raw, sender)
    if (transaction.nonce < this.#countOf(sender)) return { kind: 'nonce-used' }
    if (transaction.gas * transaction.maxFee > this.balanceWei) {
      return { kind: 'refused', reason: 'insufficient funds for gas * price + value' }
    }
    const place = placeOf(sender, transaction.nonce)
    const other = this.#waiting.get(place)
    if (other !== undefined && other.txHash !== transaction.txHash) {
      const isMore = (mine: bigint, theirs: bigint) => mine * 10n >= theirs * 11n
      if (!isMore(transaction.maxFee, other.maxFee) || !isMore(transaction.tip, other.tip)) {
        return { kind: 'underpriced' }
      }
    }
    this.#waiting.set(place, transaction)
    return { kind: 'accepted' }
  }
}

function placeOf(sender: Address, nonce: number): string {
  return `${lowerCase(sender)}/${nonce}`
}

export function waitingOf(raw: Hex, sender: Address): Waiting {
  const transaction = parseTransaction(raw)
  const { method: kind, frames } = readSubmission(transaction.data ?? '0x') ?? { frames: [] }
  const [frame] = frames
  if (frame === undefined || (kind !== 'submit1' && kind !== 'submit2')) {
    throw new Error('The bridge sent something that is no commit and no reveal.')
  }
  const { protocolId, votingRoundId, payload } = frame
  const { nonce = 0, maxFeePerGas: maxFee = 0n, maxPriorityFeePerGas: tip = 0n } = transaction
  const { gas = 0n } = transaction
  const txHash = keccak256(raw)
  const said = { kind, protocolId, votingRoundId, payload, frames }
  return { raw, sender, txHash, nonce, ...said, maxFee, tip, gas }
}

function submissionOf({ raw, sender, txHash, timestampSec }: Mined): SubmissionCall {
  const calldata = parseTransaction(raw).data ?? '0x'
  return { sender: lowerCase(sender), txHash, calldata, timestampSec }
}

function receiptOf({ txHash, blockNumber, timestampSec }: Mined): Receipt {
  const gasUsed = 30_000
  return { txHash, blockNumber, timestampSec, gasUsed, feeWei: 1n, hasReverted: false }
}

/** A Worker that prices by the clock, so that two freezes of a round would differ. */
export class WorkerModel {
  isDown = false
  /** Another bridge holds the lease. */
  isAnothers = false
  /** All other questions are answered. */
  takesNoReports = false
  /** Answers to freezes are bent by this, if it is there. */
  bend: <T>(frozen: T) => T = (frozen) => frozen
  readonly reports = new Map<string, SubmissionReport>()
  readonly frozen = new Map<number, number>()
  readonly reserved = new Map<number, Hex>()
  readonly #time: VirtualTime
  readonly #latencyMs: number

  constructor(time: VirtualTime, latencyMs: number) {
    this.#time = time
    this.#latencyMs = latencyMs
  }

  port(): Worker {
    const over = async <T>(answer: () => Answer<T>): Promise<Answer<T>> => {
      await this.#time.sleep(this.#latencyMs)
      return this.isDown ? { kind: 'unreachable', reason: 'The Worker is away.' } : answer()
    }
    return {
      lease: () =>
        over(() => {
          if (this.isAnothers) return { kind: 'refused', status: 409, code: 'lease-taken' }
          const expiresAtMs = Math.round(this.#time.nowMs()) + 60_000
          return { kind: 'answered', value: { fencing_token: 1, expires_at: expiresAtMs } }
        }),
      freeze: (votingRoundId, { feeds: asked }) =>
        over(() => {
          const atMs = this.frozen.get(votingRoundId) ?? Math.round(this.#time.nowMs())
          this.frozen.set(votingRoundId, atMs)
          const entries = asked.map((feed, i) => ({ ...feed, price: (i + 1) * (atMs % 1e6) }))
          const value = { voting_round_id: votingRoundId, frozen_at: atMs, entries }
          return { kind: 'answered', value: this.bend(value) }
        }),
      reserve: ({ voting_round_id: votingRoundId, digest }) =>
        over(() => {
          const first = this.reserved.get(votingRoundId) ?? digest
          this.reserved.set(votingRoundId, first)
          if (first === digest) return { kind: 'answered', value: { reserved: true } }
          return { kind: 'refused', status: 409, code: 'digest-differs' }
        }),
      standby: () => over(() => ({ kind: 'answered', value: {} })),
      report: (reports) =>
        over(() => {
          if (this.takesNoReports) return { kind: 'unreachable', reason: 'It takes none.' }
          for (const report of reports) this.reports.set(report.id, report)
          return { kind: 'answered', value: reports.map(({ id }) => id) }
        }),
    }
  }
}

/** Ends a process of the model: nothing it does after this has any effect. */
export class Killed extends Error {}

export type Event = Readonly<Record<string, unknown> & { event: string }>

export type Process = {
  readonly loop: Loop
  /** Resolves when the loop ends, by itself or because the process was killed. */
  readonly ended: Promise<void>
  readonly kill: () => void
  readonly isDead: () => boolean
  readonly hasEnded: () => boolean
}

export type BridgeOptions = {
  readonly roundSec?: number
  readonly blockMs?: number
  /** Where in its round the world begins, seconds. */
  readonly startSec?: number
  /** Whether there is a second submit key, from reward epoch 2 on. */
  readonly hasNextKey?: boolean
  /** Another bridge with the same keys, whose time and chain it shares. */
  readonly beside?: BridgeModel
}

export const firstRound = 1_000

/** A chain that mines, and its time. */
function aChainAt(startMs: number, blockMs: number): Pick<BridgeModel, 'time' | 'chain'> {
  const time = new VirtualTime(startMs)
  const chain = new ChainModel(time, blockMs)
  void chain.mineForEver()
  return { time, chain }
}

export class BridgeModel {
  readonly time: VirtualTime
  readonly chain: ChainModel
  readonly worker: WorkerModel
  readonly journal: Journal
  readonly network: Network
  /** What the processes have logged, in order. */
  readonly events: Event[] = []
  /** The same with the round and its second, of those that say how a round goes. */
  readonly diary: string[] = []
  readonly stages: string[] = []
  clockOffMs = 0
  /** How long the signer takes. */
  signMs = 0
  /** What the bridge is given in place of a plain key: a person at a device, say. */
  signerFor: (signer: Signer) => Signer = (signer) => signer
  dailyBudgetWei = 1_000n * 10n ** 18n
  /** What it leaves out of a vector, by the medians that it knows. */
  guard: World['guard'] = (_, entries) => ({ entries, strayed: [] })
  /** Whether the first submit key is not in the settings any more. */
  hasLostKey = false
  /** Where a test wants what a process says of itself: its page. */
  page: MetricsPage | undefined
  /** Where a test has one of its own. */
  breaker: Breaker | undefined
  /** The keys of roots, if there are any. No root is signed in this world. */
  rootKeys: readonly DatedKey[] = []
  /** Whose frames travel in our calls. */
  companions: readonly Companion[] = []

  constructor({
    roundSec = 90,
    blockMs = 1_800,
    startSec = 0,
    hasNextKey = false,
    beside,
  }: BridgeOptions = {}) {
    this.#accounts = hasNextKey ? [account, nextAccount] : [account]
    this.network = withRoundSec(networks.local, roundSec)
    const startMs = this.startOf(firstRound) + startSec * 1_000
    const { time, chain } = beside ?? aChainAt(startMs, blockMs)
    this.time = time
    this.chain = chain
    this.worker = new WorkerModel(this.time, 50)
    const { chainId } = this.network
    const signers = this.#accounts.map(({ address }) => address)
    this.journal = openJournal(inMemory, { chainId, signers })
  }

  startOf(votingRoundId: number): number {
    return votingRoundStartMs(this.network.schedule, votingRoundId)
  }

  /** Seconds within the round of an instant, for the diary. */
  secondOf(atMs: number): number {
    const { schedule } = this.network
    return Math.round((atMs - this.startOf(votingRoundAt(schedule, atMs))) / 100) / 10
  }

  /**
   * Starts a process.
   *
   * @param mayDo Asked before and after each deed; the process dies where it says no.
   */
  start(mayDo: (deed: string) => boolean = () => true): Process {
    let dead = false
    const never = new Promise<never>(() => undefined)
    const check = (deed: string) => {
      if (!dead && !mayDo(deed)) dead = true
      if (dead) throw new Killed(deed)
    }
    /** Every function of a port, stopped before and after it does what it does. */
    const mortal = <P extends object>(port: P, name: string): P => {
      // A proxy keeps every function's type, which mapping over them would lose.
      return new Proxy(port, {
        get: (target, key) => {
          const value: unknown = Reflect.get(target, key)
          if (typeof value === 'object' && value !== null) {
            return mortal(value, `${name}.${String(key)}`)
          }
          if (typeof value !== 'function') return value
          return (...args: unknown[]) => {
            if (dead && !name.startsWith('journal')) return never
            check(`before ${name}.${String(key)}`)
            const done: unknown = Reflect.apply(value, target, args)
            if (!(done instanceof Promise)) {
              check(`after ${name}.${String(key)}`)
              return done
            }
            return done.then((answer: unknown) => {
              if (dead) return never
              check(`after ${name}.${String(key)}`)
              return answer
            })
          }
        },
      })
    }
    const world = this.#world(mortal)
    const loop = loopOf(world)
    let hasEnded = false
    const ended = loop
      .run()
      .catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error
      })
      .finally(() => {
        hasEnded = true
      })
    this.page?.watchBreaker(() => brokenKeys(world))
    const { sleep, log, pace } = world
    const payers = sendersIn(world.keyring)
    const chores = choresOf({ ...world, payers, balanceAlarmWei: 3n * 10n ** 18n }, this.#onBalance)
    const adopt = adoptionChore({ ...world, heads: headsOf(world) })
    for (const chore of [...chores, world.arm, loop.watch, adopt]) {
      void keepUp(chore, { sleep, log, pace, isEnding: () => dead }).catch(() => undefined)
    }
    return {
      loop,
      ended,
      kill: () => {
        dead = true
      },
      isDead: () => dead,
      hasEnded: () => hasEnded,
    }
  }

  readonly #accounts: readonly Signer[]
  readonly #balances = new Map<Address, bigint>()
  readonly #onBalance = (address: Address, wei: bigint) => {
    this.#balances.set(address, wei)
  }

  #world(
    mortal: <P extends object>(port: P, name: string) => P,
  ): World & { chain: FlareChain; arm: Chore } {
    const { time, network, events } = this
    const pace = paceOf(network.schedule)
    const nowMs = () => time.nowMs() + this.clockOffMs
    const log = (event: Event) => {
      events.push(event)
      this.page?.logged(event.event)
      const kind = typeof event['kind'] === 'string' ? ` ${event['kind']}` : ''
      const atMs = time.nowMs()
      const round = votingRoundAt(network.schedule, atMs)
      this.diary.push(`${round}+${this.secondOf(atMs)} ${event.event}${kind}`)
    }
    const worker = mortal(this.worker.port(), 'worker')
    const { sleep } = mortal({ sleep: time.sleep }, 'time')
    const chain = mortal(this.chain.port(40), 'chain')
    const journal = mortal(this.journal, 'journal')
    const submitKeys = this.#accounts.map((one, epoch) => ({
      role: 'submit' as const,
      address: one.address,
      signer: mortal(this.#signer(one), 'signer'),
      fromRewardEpoch: 2 * epoch,
    }))
    const keyring = keyringOf([...submitKeys.slice(this.hasLostKey ? 1 : 0), ...this.rootKeys])
    const arming = armingOf({ chain, journal, keyring, network, nowMs, log })
    const roundMs = network.schedule.roundSec * 1_000
    return {
      nowMs,
      steadyMs: time.nowMs,
      sleep,
      chain,
      worker,
      keyring,
      journal,
      isArmed: arming.isArmed,
      arm: arming.chore,
      lease: leaseHolding({
        worker,
        holder: this.journal.holder,
        nowMs,
        steadyMs: time.nowMs,
        marginMs: pace.workerMs,
        retryMs: pace.retryMs,
        deadlineMs: pace.workerMs,
        log,
      }),
      balanceWei: (address) => this.#balances.get(address),
      randomOf: (submitAddress, votingRoundId) =>
        randomOf(operatorSecret, { chainId: network.chainId, submitAddress, votingRoundId }),
      guard: this.guard,
      breaker: this.breaker ?? breakerOf({ steadyMs: time.nowMs, roundMs, log }),
      companions: this.companions.map((companion) => mortal(companion, 'companion')),
      log,
      metrics: this.#metrics(),
      network,
      feePolicy: defaultFeePolicy,
      dailyBudgetWei: this.dailyBudgetWei,
      pace,
    }
  }

  #signer(one: Signer): Signer {
    const signTransaction: Signer['signTransaction'] = async (...args) => {
      if (this.signMs > 0) await this.time.sleep(this.signMs)
      return one.signTransaction(...args)
    }
    return this.signerFor({ ...one, signTransaction })
  }

  #metrics(): Metrics {
    const { page } = this
    const ignore = () => undefined
    const stageReached: Metrics['stageReached'] = (stage) => {
      this.stages.push(stage)
      page?.stageReached(stage)
    }
    if (page !== undefined) return { ...page, stageReached }
    return {
      stageReached,
      commitLanded: ignore,
      revealLanded: ignore,
      headSeen: ignore,
      balanceSeen: ignore,
      outboxSeen: ignore,
      leaseSeen: ignore,
    }
  }
}
