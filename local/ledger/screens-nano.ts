/** A review on a Nano: one thing a screen, right and left to turn, both buttons to decide. */

import type { Review } from './review.ts'
import type { Action, Screen } from './screen.ts'

/** What fits below a label: an address does on one screen, a hash takes two. */
const valueLetters = 48

/** Longer ones are cut with a note; a person would have to press through all of it. */
const maxValueScreens = 64

/** Screens of a review: a warning if it is blind, a title, the fields, acceptance, refusal. */
export function nanoScreens(review: Review): readonly Screen[] {
  const warning = review.isBlind
    ? row([
        { texts: ['Blind signing ahead', 'To accept risk, press both buttons'], both: 'enter' },
        { texts: ['Back to safety'], both: 'refuse' },
      ])
    : []
  const pages: readonly Page[] = [
    { texts: [review.title] },
    ...review.fields.flatMap(pagesOf),
    { texts: [review.acceptText], both: 'approve' },
    { texts: [review.kind === 'address' ? 'Cancel' : `Reject ${nounOf(review)}`], both: 'refuse' },
  ]
  return [...warning, ...row(pages, warning.length)]
}

type Page = { readonly texts: readonly string[]; readonly both?: 'enter' | 'approve' | 'refuse' }

/** Screens side by side, of which the first is at a number among all screens. */
function row(pages: readonly Page[], firstAt = 0): readonly Screen[] {
  const show = (screen: number): Action => ({ kind: 'show', screen })
  return pages.map(({ texts, both }, i) => ({
    texts,
    zones: [],
    buttons: {
      ...(i > 0 && { left: show(firstAt + i - 1) }),
      ...(i < pages.length - 1 && { right: show(firstAt + i + 1) }),
      ...(both !== undefined && {
        both: both === 'enter' ? show(firstAt + pages.length) : { kind: both },
      }),
    },
  }))
}

function pagesOf({ label, value }: Review['fields'][number]): readonly Page[] {
  const screens = Math.max(1, Math.ceil(value.length / valueLetters))
  if (screens === 1) return [{ texts: [label, value] }]
  return Array.from({ length: Math.min(screens, maxValueScreens) }, (_, i) => ({
    texts: [
      `${label} (${i + 1}/${screens})`,
      value.slice(i * valueLetters, (i + 1) * valueLetters),
    ],
  }))
}

function nounOf({ kind }: Review): string {
  return kind === 'transaction' ? 'transaction' : 'message'
}
