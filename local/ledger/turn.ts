/** A turn of the app: what a command finds, and what comes of it. */

import { idle, type Memory, withSpentReview, wiped } from './memory.ts'
import { isAllowed, type Path } from './path.ts'
import type { Review, ReviewSettings } from './review.ts'
import type { Key, Seed } from './seed.ts'
import { answerOf, statusWords } from './status-words.ts'

export type AppSettings = ReviewSettings & { readonly isBlindSigningOn: boolean }

export type World = {
  readonly seed: Seed
  readonly settings: AppSettings
  readonly isTouch: boolean
  /** Four random bytes. */
  readonly challenge: () => Uint8Array
}

/** What comes of a command: for the app's memory, for the host, and for the screen. */
export type Turn = {
  readonly memory: Memory
  /** What the host is told at once; absent while a person reviews. */
  readonly answer?: Uint8Array
  /** Blind signing is off and was needed: the screen says so until somebody dismisses it. */
  readonly isAlert?: boolean
}

/** Answers with data. Whatever review is on the screen loses its own answer by that. */
export function answered(memory: Memory, data: Uint8Array = new Uint8Array()): Turn {
  return { memory: withSpentReview(memory), answer: answerOf(statusWords.ok, data) }
}

/** Answers with a failure, which makes the app forget everything. */
export function failed(memory: Memory, word: keyof typeof statusWords): Turn {
  return { memory: wiped(memory), answer: answerOf(statusWords[word]) }
}

/** Asks a person; a review that was on the screen is gone, and its request never answered. */
export function reviewed(review: Review): Turn {
  const doing =
    review.kind === 'address' ? idle.doing : ({ kind: 'review', of: review.kind } as const)
  return { memory: { doing, shown: { review, state: 'sound' } } }
}

/** The key at a path, if the app may use it. */
export function keyAt({ seed }: World, path: Path): Key | undefined {
  return isAllowed(path) ? seed(path) : undefined
}

/** An answer that is signed when a person has approved: v, r, s, or that the path is not allowed. */
export function signedAnswer(
  world: World,
  path: Path,
  signatureOf: (key: Key) => Uint8Array,
): Uint8Array {
  const key = keyAt(world, path)
  return key === undefined
    ? answerOf(statusWords.pathNotAllowed)
    : answerOf(statusWords.ok, signatureOf(key))
}
