/** What a question comes to besides its answer. */

/** Asking again may bring it in time. */
export type Wait = { readonly kind: 'wait'; readonly reason: string }
/** Asking again will not. */
export type Never = { readonly kind: 'never'; readonly reason: string }

export function wait(reason: string): Wait {
  return { kind: 'wait', reason }
}

export function never(reason: string): Never {
  return { kind: 'never', reason }
}
