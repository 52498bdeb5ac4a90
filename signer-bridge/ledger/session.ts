/**
 * One Ledger in use: a queue of one in front of it, nothing sent to it while a review is on its
 * screen, and a way back from all that happens to it. A connection in doubt is dropped, and the
 * device looked at until it is what it must be again.
 */

import type { Hex } from 'viem'
import { OracleError } from '../../src/protocol/errors.ts'
import type { Log } from '../log.ts'
import { type Device, within } from './device.ts'
import type { EthereumApp, RawSignature } from './ethereum-app.ts'
import { LedgerError } from './ledger-error.ts'
import { Link } from './link.ts'
import { lookAt } from './look.ts'
import { instructionFor, type LedgerState, type PinnedKey, stateInTrouble } from './state.ts'
import { saidIn, type Trouble, troubleOf } from './status-words.ts'
import { turnstile } from './turnstile.ts'

/** Something to be signed by a person. */
export type Job = {
  /** Of the bytes: a review that was left behind is taken up again by the same, and by nothing else. */
  readonly digest: Hex
  /** A few words for the person at the device. */
  readonly what: string
  readonly patienceMs: number
  readonly ask: (app: EthereumApp) => Promise<RawSignature>
}

export type SessionDeps = {
  readonly device: Device
  /** All are held against the device's own whenever it has been away. */
  readonly keys: readonly PinnedKey[]
  readonly log: Log
  /** Milliseconds since some instant: never jumps. */
  readonly steadyMs: () => number
  readonly sleep: (ms: number) => Promise<void>
}

type Review = { readonly job: Job; readonly answer: Promise<RawSignature> }

/** Between two looks at a device that is not ready while a job waits for it. */
const lookAgainMs = 500
/** Of one job: a device that is locked or unplugged in each of them is left alone. */
const maxReviews = 5

export class LedgerSession {
  readonly #deps: SessionDeps
  readonly #link: Link
  readonly #turns = turnstile()
  #state: LedgerState = { kind: 'disconnected', reason: 'It was not looked at yet.' }
  #review: Review | undefined
  #areKeysChecked = false

  constructor(deps: SessionDeps) {
    this.#deps = deps
    this.#link = new Link(deps.device)
  }

  state(): LedgerState {
    return this.#state
  }

  name(): string {
    return this.#link.name
  }

  /**
   * Looks at the device, if nobody else has to do with it just now.
   *
   * @throws {LedgerError} `ledger-modules-missing`: no device will ever be found so.
   */
  async look(): Promise<LedgerState> {
    if (this.#turns.isTaken()) return this.#state
    return await this.#turns.inTurn(() => this.#look(), 0)
  }

  /**
   * Has a person sign. Waits for the device to be ready, and asks for the same bytes again after it
   * was locked or away.
   *
   * @throws {LedgerError} `ledger-refused`, `ledger-not-ready`, `ledger-abandoned`, `ledger-busy`,
   *   `ledger-lost`, `ledger-failed`, `ledger-modules-missing`
   */
  async sign(job: Job): Promise<RawSignature> {
    const untilMs = this.#deps.steadyMs() + job.patienceMs
    return await this.#turns.inTurn(() => this.#sign(job, untilMs), job.patienceMs)
  }

  /** A person says that no review is on the screen. One that nobody waits for is given up then. */
  confirmClear(): void {
    if (this.#state.kind === 'stale-review') {
      this.#link.drop()
      this.#over(gone('It has to be looked at again.'))
    }
    this.#link.confirmClear()
  }

  end(): void {
    this.#link.drop()
  }

  async #look(): Promise<LedgerState> {
    if (this.#review !== undefined) return await this.#glance()
    try {
      const linked = await this.#link.app()
      if (linked.kind === 'absent') this.#become(gone('No Ledger is plugged in.'))
      else if (linked.kind === 'unclear') this.#become({ kind: 'screen-unknown' })
      else this.#become(await lookAt(linked.app, this.#areKeysChecked ? [] : this.#deps.keys))
    } catch (error) {
      if (!isOfDevice(error)) throw error
      this.#note(error)
      const trouble = troubleOf(error)
      if (trouble.kind !== 'locked') this.#link.drop()
      this.#become(error instanceof LedgerError ? gone(error.message) : stateInTrouble(trouble))
    }
    return this.#state
  }

  /** During a review nothing is sent, yet a device that is gone can be seen to be. */
  async #glance(): Promise<LedgerState> {
    const isAway = await this.#link.isAway().catch(() => false)
    if (isAway && this.#review !== undefined) {
      this.#link.dropInReview()
      this.#over(gone('It was unplugged during a review.'))
    }
    return this.#state
  }

  async #sign(job: Job, untilMs: number): Promise<RawSignature> {
    const met: Trouble[] = []
    for (;;) {
      const review = await this.#reviewOf(job, untilMs).catch((error: unknown) => {
        throw met.some(({ outcome }) => outcome === 'unknown') ? lostIn(error) : error
      })
      try {
        return await this.#answered(review, untilMs)
      } catch (error) {
        if (error instanceof OracleError || !isOfDevice(error)) throw error
        const trouble = troubleOf(error)
        const isRepeated = met.some(({ kind }) => kind === trouble.kind)
        met.push(trouble)
        const mayRetry = trouble.retry === 'when-ready' || (trouble.retry === 'once' && !isRepeated)
        if (!mayRetry || met.length >= maxReviews) throw errorOf(trouble)
      }
    }
  }

  /**
   * The job's review, put on the screen when the device is ready, or still there from before. What
   * somebody else left on the screen is waited for, like anything else that a person has to mend.
   */
  async #reviewOf(job: Job, untilMs: number): Promise<Review> {
    for (;;) {
      if (this.#review?.job.digest === job.digest) return this.#review
      const state = await this.#look()
      if (state.kind === 'ready') {
        const linked = await this.#link.app()
        if (linked.kind === 'linked') return this.#begin(job, linked.app)
      }
      const { steadyMs, sleep } = this.#deps
      if (steadyMs() + lookAgainMs >= untilMs) throw notReady(state)
      await sleep(lookAgainMs)
    }
  }

  #begin(job: Job, app: EthereumApp): Review {
    const review = { job, answer: this.#link.answer(job.ask(app)) }
    this.#review = review
    // Whether or not somebody still waits for it, the screen is free when it ends.
    review.answer.then(
      () => this.#over({ kind: 'ready' }, review),
      (error: unknown) => this.#fail(error, review),
    )
    return review
  }

  async #answered({ job, answer }: Review, untilMs: number): Promise<RawSignature> {
    const { digest, what } = job
    this.#become({ kind: 'reviewing', what, digest })
    try {
      return await within(answer, untilMs - this.#deps.steadyMs(), () => abandoned(what))
    } catch (error) {
      if (this.#review !== undefined) this.#become({ kind: 'stale-review', what, digest })
      throw error
    }
  }

  #fail(error: unknown, review: Review): void {
    if (this.#review !== review) return
    this.#note(error)
    const trouble = troubleOf(error)
    if (trouble.outcome === 'unknown') this.#link.dropInReview()
    this.#over(stateInTrouble(trouble), review)
  }

  #over(state: LedgerState, review = this.#review): void {
    if (this.#review !== review) return
    this.#review = undefined
    this.#become(state)
  }

  #note(error: unknown): void {
    const { kind } = troubleOf(error)
    const reason = error instanceof Error ? error.message.slice(0, maxReason) : String(error)
    this.#deps.log({ event: 'ledger-troubled', kind, said: saidIn(error), reason })
  }

  #become(state: LedgerState): void {
    const isNews = JSON.stringify(state) !== JSON.stringify(this.#state)
    this.#state = state
    // A device that was locked or away may come back with another passphrase.
    const isSteady = ['ready', 'reviewing', 'stale-review'].includes(state.kind)
    this.#areKeysChecked = isSteady
    if (!isNews) return
    const instruction = instructionFor(state)
    const toDo = instruction === undefined ? {} : { instruction }
    this.#deps.log({ event: 'ledger-seen', device: this.#link.name, state: state.kind, ...toDo })
  }
}

/** Enough for a person. */
const maxReason = 300

function gone(reason: string): LedgerState {
  return { kind: 'disconnected', reason }
}

/** A bug ends the process, and so does what no waiting mends. */
function isOfDevice(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof ReferenceError) return false
  return !(error instanceof LedgerError && error.code === 'ledger-modules-missing')
}

function errorOf({ kind, instruction }: Trouble): LedgerError {
  const code = kind === 'refused' || kind === 'lost' ? (`ledger-${kind}` as const) : 'ledger-failed'
  return new LedgerError(code, instruction)
}

function abandoned(what: string): LedgerError {
  return new LedgerError('ledger-abandoned', `Nobody answered on the Ledger in time: ${what}.`)
}

/** A device that is not back in time may have signed what it showed before it went. */
function lostIn(error: unknown): unknown {
  return error instanceof LedgerError && error.code === 'ledger-not-ready'
    ? new LedgerError('ledger-lost', error.message, { cause: error })
    : error
}

function notReady(state: LedgerState): LedgerError {
  const why = instructionFor(state) ?? 'It is busy.'
  return new LedgerError('ledger-not-ready', `The Ledger was not ready in time. ${why}`)
}
