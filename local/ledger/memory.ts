/**
 * What the app remembers between two commands: what it is in the middle of, and the review on its
 * screen, which other commands can spoil.
 */

import type { Path } from './path.ts'
import type { Review } from './review.ts'
import { answerOf, statusWords } from './status-words.ts'
import type { TransactionReader } from './transaction-reader.ts'

export type Memory = {
  readonly doing: Doing
  readonly shown?: ShownReview
}

type Doing =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'transaction'
      readonly path: Path
      readonly reader: TransactionReader
      /** The clear-signing mode: calldata waits for what explains it. */
      readonly isStored: boolean
    }
  | {
      readonly kind: 'message'
      readonly path: Path
      /** How long the message will be, bytes. */
      readonly length: number
      readonly received: Uint8Array
    }
  | { readonly kind: 'review'; readonly of: Review['kind'] }

type ShownReview = {
  readonly review: Review
  /**
   * `sound` as nothing came between; `spent` once another command had the answer that the review
   * was to have; `wiped` once the app has forgotten what it would sign.
   */
  readonly state: 'sound' | 'spent' | 'wiped'
}

/** What a review ends with: an answer to the host, none although the screen says signed, or worse. */
export type Ending =
  | { readonly kind: 'answer'; readonly bytes: Uint8Array }
  | { readonly kind: 'unsent' }
  | { readonly kind: 'crash' }

export const idle: Memory = { doing: { kind: 'idle' } }

/** The same memory after a command was answered while a review may have been shown. */
export function withSpentReview(memory: Memory): Memory {
  const { shown } = memory
  return shown?.state === 'sound' ? { ...memory, shown: { ...shown, state: 'spent' } } : memory
}

/** A memory wiped by a failure or a look at a key. A review stays on the screen, hollow. */
export function wiped({ shown }: Memory): Memory {
  return shown === undefined ? idle : { ...idle, shown: { ...shown, state: 'wiped' } }
}

/** How a review ends that a person approves. */
export function approved({ review, state }: ShownReview): Ending {
  if (state === 'wiped') return { kind: 'crash' }
  return state === 'spent' ? { kind: 'unsent' } : { kind: 'answer', bytes: review.answer() }
}

/** How a review ends that a person refuses. */
export function refused({ state }: ShownReview): Ending {
  return state === 'sound'
    ? { kind: 'answer', bytes: answerOf(statusWords.refused) }
    : { kind: 'unsent' }
}
