/**
 * The keeper: mines a block every so often, stamped by the wall clock, and in the first block of
 * each voting round calls the protocol's clock. What that does is the contract's affair.
 */

import { type EpochSchedule, votingRoundAt, votingRoundStartMs } from '../../src/protocol/epoch.ts'
import type { KeeperAccount } from './keeper-account.ts'
import type { Call, Rpc } from './rpc.ts'
import { blockAtSec, nextBlockDueMs, roundsToRehearse } from './schedule.ts'

export type KeeperPlan = {
  readonly schedule: EpochSchedule
  readonly blockMs: number
  /** `FlareSystemsManager.daemonize`. */
  readonly daemonize: Call
  /** Hears of a block or a daemon's call that failed; the keeper goes on. */
  readonly onTrouble: (error: unknown) => void
}

/** Blocks come this long after the instants of their grid, so that none is stamped before it. */
const graceMs = 25

export class Keeper {
  readonly #rpc: Rpc
  readonly #account: KeeperAccount
  readonly #plan: KeeperPlan
  /** The last round whose clock call was made, and the last block's timestamp. */
  #round = 0
  #parentAtSec = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #mining: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(rpc: Rpc, account: KeeperAccount, plan: KeeperPlan) {
    this.#rpc = rpc
    this.#account = account
    this.#plan = plan
  }

  /** Makes the history that a chain of this age would have, up to a block of this instant. */
  async rehearse(nowMs: number): Promise<void> {
    const { schedule } = this.#plan
    const [, ...rounds] = roundsToRehearse(schedule, nowMs)
    for (const round of rounds) await this.#block(votingRoundStartMs(schedule, round) / 1_000)
    await this.#block(blockAtSec(nowMs, this.#parentAtSec))
  }

  /** Mines from now on. */
  start(): void {
    const { blockMs } = this.#plan
    this.#wait(Math.floor(Date.now() / blockMs) * blockMs + graceMs)
  }

  /** Resolves when no block is under way any more. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#mining
  }

  #wait(lastDueMs: number): void {
    if (this.#isStopped) return
    const dueMs = nextBlockDueMs(lastDueMs, Date.now(), this.#plan.blockMs)
    this.#timer = setTimeout(() => {
      this.#mining = this.#block(blockAtSec(Date.now(), this.#parentAtSec))
        .catch((error: unknown) => {
          if (!this.#isStopped) this.#plan.onTrouble(error)
        })
        .finally(() => this.#wait(dueMs))
    }, dueMs - Date.now())
  }

  async #block(atSec: number): Promise<void> {
    const round = votingRoundAt(this.#plan.schedule, atSec * 1_000)
    const daemon = round > this.#round ? await this.#account.send(this.#plan.daemonize) : undefined
    await this.#account.mine(atSec)
    this.#parentAtSec = atSec
    if (daemon === undefined) return

    const outcome = await this.#rpc.outcome(daemon)
    if (outcome !== 'success') {
      throw new Error(`The daemon's call of round ${round} ended as ${outcome ?? 'not mined'}.`)
    }
    this.#round = round
  }
}
