/**
 * The screens that the app shows on a model: a review's, with the genuine app's order and number of
 * presses, and those around it.
 */

import type { Review } from './review.ts'
import { isTouch, type Model, type Screen } from './screen.ts'
import { flexScreens } from './screens-flex.ts'
import { nanoScreens } from './screens-nano.ts'

/** All screens of a review, the first one first. */
export function screensOf(review: Review, model: Model): readonly Screen[] {
  return isTouch(model) ? flexScreens(review) : nanoScreens(review)
}

/** The screen that waits for commands. */
export const idleScreen: Screen = { texts: ['Ethereum', 'app is ready'], buttons: {}, zones: [] }

const outcomes = {
  transaction: { approve: 'Transaction signed', refuse: 'Transaction rejected' },
  message: { approve: 'Message signed', refuse: 'Message rejected' },
  'typed-data': { approve: 'Message signed', refuse: 'Message rejected' },
  address: { approve: 'Address verified', refuse: 'Address verification cancelled' },
} as const

/** The screen that tells how a review ended. Any press leaves it. */
export function outcomeScreen({ kind }: Review, decision: 'approve' | 'refuse'): Screen {
  return closing([outcomes[kind][decision]])
}

/** The alert that calldata or typed data was refused because blind signing is off. */
export function alertScreen(model: Model): Screen {
  return closing(
    isTouch(model)
      ? [
          'This transaction cannot be clear-signed',
          'Enable blind signing in the settings to sign this transaction.',
          'Go to settings',
          'Reject transaction',
        ]
      : ['Blind signing must be enabled in settings'],
  )
}

function closing(texts: readonly string[]): Screen {
  const close = { kind: 'close' } as const
  const everywhere = { left: 0, top: 0, right: 479, bottom: 599, holdMs: 0, action: close }
  return { texts, buttons: { left: close, right: close, both: close }, zones: [everywhere] }
}
