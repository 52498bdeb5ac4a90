/**
 * The emulated device: the operating system with the app on it, a screen, somebody who may sit in
 * front of it, and the bad days that are ordered. Time enters here and nowhere below.
 */

import { apduOf } from './apdu.ts'
import { exchange } from './app.ts'
import type { Automation } from './automation.ts'
import { Display } from './display.ts'
import { approved, idle, type Memory, refused, withSpentReview } from './memory.ts'
import { type OpenApp, systemAnswer } from './operating-system.ts'
import type { Order } from './order.ts'
import { isTouch, type Model, type Press } from './screen.ts'
import { alertScreen, idleScreen, outcomeScreen, screensOf } from './screens.ts'
import type { Seed } from './seed.ts'
import { statusWords } from './status-words.ts'
import type { AppSettings } from './turn.ts'

export type DeviceOptions = {
  readonly seed: Seed
  readonly model: Model
  readonly settings: AppSettings
  readonly automation: Automation
  /** Four random bytes. */
  readonly challenge: () => Uint8Array
  /** Called when every connection to the device breaks. */
  readonly onGone: () => void
}

/** Whoever waits for an answer: it is sent, or the connection is cut. */
export type Waiting = { readonly answer: (bytes: Uint8Array) => void; readonly cut: () => void }

/** What has happened so far, for tests. */
export type Tally = {
  readonly commands: number
  readonly approved: number
  readonly refused: number
  /** Approved or refused on the screen, and the host was never told. */
  readonly unsent: number
  readonly superseded: number
  readonly crashes: number
}

type Timer = ReturnType<typeof setTimeout>

/** How long the device stays away when the automation says so. Milliseconds. */
const usualVanishMs = 2_000

const nothingYet: Tally = {
  commands: 0,
  approved: 0,
  refused: 0,
  unsent: 0,
  superseded: 0,
  crashes: 0,
}

export class Device {
  readonly display = new Display(idleScreen)
  readonly #options: DeviceOptions
  #settings: AppSettings
  #automation: Automation
  #memory: Memory = idle
  #app: OpenApp | 'crashed' = 'ethereum'
  #lockedWord: number | undefined
  #isPlugged = true
  #slowMs = 0
  #refuseNext = 0
  #loseNext = 0
  #answerNext: readonly number[] = []
  #waiting: Waiting | undefined
  #attending: Timer | undefined
  #replugging: Timer | undefined
  #tally = nothingYet

  constructor(options: DeviceOptions) {
    this.#options = options
    this.#settings = options.settings
    this.#automation = options.automation
  }

  /** Whether anything but the control route can be reached. */
  get isThere(): boolean {
    return this.#isPlugged && this.#app !== 'crashed'
  }

  /** Hears a command. A review's answer comes later, or never. */
  hear(bytes: Uint8Array, waiting: Waiting): void {
    if (this.#app === 'crashed' || !this.#isPlugged) return waiting.cut()
    this.#count('commands')
    const [word, ...words] = this.#answerNext
    if (word !== undefined) {
      this.#answerNext = words
      return this.#answer(waiting, Uint8Array.of(word >> 8, word & 0xff))
    }

    const system = systemAnswer(apduOf(bytes), {
      app: this.#app,
      isRefusing: this.#refuseNext > 0 || this.#automation.kind === 'refuse',
      ...(this.#lockedWord !== undefined && { lockedWord: this.#lockedWord }),
    })
    if (system === undefined) return this.#hearApp(bytes, waiting)
    this.#memory = withSpentReview(this.#memory)
    if (system.app !== undefined) this.#open(system.app)
    this.#answer(waiting, system.bytes)
  }

  #hearApp(bytes: Uint8Array, waiting: Waiting): void {
    const before = this.#memory.shown?.review
    const turn = exchange(this.#memory, bytes, {
      seed: this.#options.seed,
      settings: this.#settings,
      isTouch: isTouch(this.#options.model),
      challenge: this.#options.challenge,
    })
    this.#memory = turn.memory
    const review = turn.memory.shown?.review
    if (before !== undefined && before !== review) this.#supersede()
    if (turn.isAlert === true) this.display.show(alertScreen(this.#options.model))
    if (turn.answer !== undefined) return this.#answer(waiting, turn.answer)
    if (review === undefined) return waiting.cut()

    this.#waiting = waiting
    this.display.walk(screensOf(review, this.#options.model))
    this.#attend()
  }

  /** Presses a button or touches the screen. */
  press(press: Press): void {
    if (!this.isThere || this.#lockedWord !== undefined) return
    const action = this.display.press(press)
    if (action?.kind === 'close') this.display.show(idleScreen)
    if (action?.kind === 'approve' || action?.kind === 'refuse') this.#decide(action.kind)
  }

  #decide(decision: 'approve' | 'refuse'): void {
    const { shown, doing } = this.#memory
    if (shown === undefined) return
    const ending = decision === 'approve' ? approved(shown) : refused(shown)
    if (ending.kind === 'crash') return this.#crash()

    // What was wiped has been forgotten already, and something new may have begun since.
    this.#memory = shown.state === 'wiped' ? { doing } : idle
    this.#count(decision === 'approve' ? 'approved' : 'refused')
    this.display.show(outcomeScreen(shown.review, decision))
    const waiting = this.#waiting
    this.#waiting = undefined
    if (ending.kind === 'unsent' || waiting === undefined) return this.#count('unsent')
    this.#answer(waiting, ending.bytes)
  }

  /** Lets the automation sit down before a review. */
  #attend(): void {
    clearTimeout(this.#attending)
    const review = this.#memory.shown?.review
    if (review === undefined) return
    const kind = this.#refuseNext > 0 ? 'refuse' : this.#automation.kind
    if (kind === 'none') return
    this.#attending = setTimeout(() => {
      if (this.#memory.shown?.review !== review || this.#lockedWord !== undefined) return
      if (kind === 'lock') this.#lockedWord = statusWords.locked
      else if (kind === 'vanish') this.#vanish(usualVanishMs)
      else this.#walkTo(kind)
    }, this.#automation.afterMs + this.#slowMs)
  }

  #walkTo(decision: 'approve' | 'refuse'): void {
    if (decision === 'refuse') this.#refuseNext = Math.max(0, this.#refuseNext - 1)
    for (const press of this.display.pressesTo(decision)) this.press(press)
  }

  #answer(waiting: Waiting, bytes: Uint8Array): void {
    if (this.#loseNext === 0) return waiting.answer(bytes)
    this.#loseNext--
    waiting.cut()
  }

  #supersede(): void {
    // Whoever asked for it goes on waiting, as at the genuine device.
    this.#waiting = undefined
    this.#count('superseded')
    this.display.show(idleScreen)
  }

  #open(app: OpenApp): void {
    this.#app = app
    this.#memory = idle
    this.#waiting?.cut()
    this.#waiting = undefined
    this.display.show(idleScreen)
  }

  /** A device whose app changes enters the bus anew: all connections to it break. */
  #reopen(app: OpenApp): void {
    this.#leave()
    this.#open(app)
  }

  #crash(): void {
    this.#count('crashes')
    this.#memory = idle
    this.#app = 'crashed'
    this.#leave()
  }

  #vanish(forMs: number): void {
    clearTimeout(this.#replugging)
    this.#isPlugged = false
    this.#leave()
    this.#replugging = setTimeout(() => {
      this.#isPlugged = true
      if (this.#app !== 'crashed') this.#open(this.#app)
    }, forMs)
  }

  #leave(): void {
    clearTimeout(this.#attending)
    this.#memory = idle
    this.#waiting = undefined
    this.#options.onGone()
  }

  #count(what: keyof Tally): void {
    this.#tally = { ...this.#tally, [what]: this.#tally[what] + 1 }
  }

  /** Does what was ordered, at once. What an order leaves out stays as it is. */
  order(order: Order): void {
    this.#settings = {
      isBlindSigningOn: order.blind_signing ?? this.#settings.isBlindSigningOn,
      isNonceShown: order.show_nonce ?? this.#settings.isNonceShown,
      isHashShown: order.show_hash ?? this.#settings.isHashShown,
    }
    this.#plan(order)
    if (order.locked !== undefined) this.#lock(order.locked)
    if (order.restart === true) this.#reopen('ethereum')
    if (order.app !== undefined) this.#reopen(order.app)
    if (order.vanish_ms !== undefined) this.#vanish(order.vanish_ms)
    this.#attend()
  }

  #plan(order: Order): void {
    this.#automation = order.automation ?? this.#automation
    this.#refuseNext = order.refuse_next ?? this.#refuseNext
    this.#loseNext = order.lose_next ?? this.#loseNext
    this.#slowMs = order.slow_ms ?? this.#slowMs
    this.#answerNext = order.answer_next ?? this.#answerNext
  }

  #lock(locked: boolean | number): void {
    const word = typeof locked === 'number' ? locked : statusWords.locked
    this.#lockedWord = locked === false ? undefined : word
  }

  /** How it stands, for whoever orders. */
  state() {
    return {
      app: this.#app,
      locked: this.#lockedWord?.toString(16) ?? false,
      plugged: this.#isPlugged,
      reviewing: this.#memory.shown?.review.kind ?? null,
      screen: this.display.current.map(({ text }) => text),
      automation: this.#automation,
      slow_ms: this.#slowMs,
      refuse_next: this.#refuseNext,
      lose_next: this.#loseNext,
      answer_next: this.#answerNext.map((word) => word.toString(16)),
      blind_signing: this.#settings.isBlindSigningOn,
      show_nonce: this.#settings.isNonceShown,
      show_hash: this.#settings.isHashShown,
      tally: this.#tally,
    }
  }

  /** Ends every timer. */
  stop(): void {
    clearTimeout(this.#attending)
    clearTimeout(this.#replugging)
  }
}
