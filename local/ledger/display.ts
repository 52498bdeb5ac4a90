/** What is on the device's screen, where presses lead from there, and a record of all that was. */

import { type Action, actionOf, type Press, pressesTo, type Screen } from './screen.ts'

/** A line of text that appeared, as Speculos tells it; places are made up. */
export type ScreenEvent = {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

/** The oldest are dropped beyond this many; a round takes some thirty. */
const maxEvents = 10_000

const lineHeight = 12
const screenWidth = 128

export class Display {
  #screen: Screen
  #walk: readonly Screen[] = []
  #events: ScreenEvent[] = []
  readonly #listeners = new Set<(event: ScreenEvent) => void>()

  constructor(screen: Screen) {
    this.#screen = screen
  }

  /** All that appeared since it was last cleared. */
  get events(): readonly ScreenEvent[] {
    return this.#events
  }

  /** The lines on the screen. */
  get current(): readonly ScreenEvent[] {
    return eventsOf(this.#screen)
  }

  clear(): void {
    this.#events = []
  }

  /** Tells of every line that appears from now on, until what is returned is called. */
  listen(listener: (event: ScreenEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Shows a screen that belongs to no review. */
  show(screen: Screen): void {
    this.#walk = []
    this.#appear(screen)
  }

  /** Shows the first screen of a review. */
  walk(screens: readonly Screen[]): void {
    this.#walk = screens
    const [first] = screens
    if (first !== undefined) this.#appear(first)
  }

  /** What a press does; turning the screens is done at once. */
  press(press: Press): Action | undefined {
    const action = actionOf(this.#screen, press)
    if (action?.kind !== 'show') return action
    const next = this.#walk[action.screen]
    if (next !== undefined) this.#appear(next)
    return action
  }

  /** The presses that lead from here to a decision. */
  pressesTo(decision: 'approve' | 'refuse'): readonly Press[] {
    return pressesTo(this.#walk, decision, this.#walk.indexOf(this.#screen))
  }

  #appear(screen: Screen): void {
    this.#screen = screen
    for (const event of eventsOf(screen)) {
      this.#events.push(event)
      for (const listener of this.#listeners) listener(event)
    }
    if (this.#events.length > maxEvents) this.#events = this.#events.slice(-maxEvents)
  }
}

function eventsOf({ texts }: Screen): readonly ScreenEvent[] {
  return texts.map((text, line) => ({
    text,
    x: 0,
    y: line * lineHeight,
    w: screenWidth,
    h: lineHeight,
  }))
}
