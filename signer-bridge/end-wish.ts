/** The wish that the process ends: it may come before there is a loop that could be told. */

export type EndWish = {
  /** Remembers the wish, and tells the loop if there is one. */
  readonly ask: () => void
  readonly isAsked: () => boolean
  /** Names who is to be told: at once, if the wish is there already. */
  readonly tell: (stop: () => void) => void
}

export function endWish(): EndWish {
  let isAsked = false
  let told: (() => void) | undefined
  return {
    ask: () => {
      isAsked = true
      told?.()
    },
    isAsked: () => isAsked,
    tell: (stop) => {
      told = stop
      if (isAsked) stop()
    },
  }
}
