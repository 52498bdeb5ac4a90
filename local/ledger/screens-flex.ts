/** A review on a Flex: fields together on few screens, touches to turn, a long one to sign. */

import type { Review } from './review.ts'
import type { Action, Screen, Zone } from './screen.ts'

/** The screen is 480 by 600 pixels. */
const right = 479
const bottom = 599

/** Below this line are the choices of a screen: refusal left of `footerSplit`, else the next one. */
const footerTop = 520
const footerSplit = 119
const buttonTop = 420

/** As long as the genuine device wants a finger to rest on "Hold to sign". */
const signHoldMs = 1_500

/** Fields that fit on one screen. */
const fieldsAScreen = 3

/** Longer values are cut on the screen, as the device does behind "More". */
const valueLetters = 400

/** Screens of a review: a warning if it is blind, a title, the fields, and the long touch. */
export function flexScreens(review: Review): readonly Screen[] {
  const isAddress = review.kind === 'address'
  const noun = review.kind === 'transaction' ? 'transaction' : 'message'
  const groups = Array.from({ length: Math.ceil(review.fields.length / fieldsAScreen) }, (_, i) =>
    review.fields.slice(i * fieldsAScreen, (i + 1) * fieldsAScreen),
  )
  const pages: readonly (readonly string[])[] = [
    [review.title],
    ...groups.map((group) =>
      group.flatMap(({ label, value }) => [shownLabel(label), value.slice(0, valueLetters)]),
    ),
  ]
  const firstAt = review.isBlind ? 1 : 0
  // Each page, and the one that signs after them, has a refusal that leads back to it.
  const refusalOf = (page: number): number => firstAt + pages.length + 1 + page

  const warning: Screen = screen(
    ['Blind signing ahead', 'Back to safety', 'Continue anyway'],
    [button({ kind: 'refuse' }), footer(show(firstAt))],
  )
  const turning = pages.map((texts, page) =>
    screen(
      [...texts, 'Reject', 'Next'],
      [rejectZone(refusalOf(page)), ...nextZones(firstAt + page + 1)],
    ),
  )
  const signing = isAddress
    ? screen(['Confirm', 'Cancel'], [button({ kind: 'approve' }), footer({ kind: 'refuse' })])
    : screen(
        [`${review.acceptText}?`, 'Hold to sign', 'Reject'],
        [button({ kind: 'approve' }, signHoldMs), rejectZone(refusalOf(pages.length))],
      )
  const refusing = [...turning, signing].map((_, page) =>
    screen(
      [`Reject ${noun}?`, 'Yes, reject', `Go back to ${noun}`],
      [button({ kind: 'refuse' }), footer(show(firstAt + page))],
    ),
  )
  return [...(review.isBlind ? [warning] : []), ...turning, signing, ...refusing]
}

/** The Flex has room to spell it out. */
function shownLabel(label: string): string {
  return label === 'Tx hash' ? 'Transaction hash' : label
}

function screen(texts: readonly string[], zones: readonly Zone[]): Screen {
  return { texts, buttons: {}, zones }
}

function show(at: number): Action {
  return { kind: 'show', screen: at }
}

function area(from: number, to: number, action: Action, holdMs = 0): Zone {
  return { left: 0, top: from, right, bottom: to, holdMs, action }
}

function button(action: Action, holdMs = 0): Zone {
  return area(buttonTop, footerTop - 1, action, holdMs)
}

function footer(action: Action): Zone {
  return area(footerTop, bottom, action)
}

function rejectZone(refusal: number): Zone {
  return { ...footer(show(refusal)), right: footerSplit }
}

/** All of the screen but the corner with "Reject". */
function nextZones(next: number): readonly Zone[] {
  return [{ ...footer(show(next)), left: footerSplit + 1 }, area(0, footerTop - 1, show(next))]
}
