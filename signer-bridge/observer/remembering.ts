/** What was worked out about rounds, the newest of them, for as long as the blocks behind it stand. */

export type Remembering<T> = {
  readonly of: (votingRoundId: number) => T | undefined
  /** @returns What it was given. */
  readonly keep: (votingRoundId: number, what: T) => T
}

/** @param era Of which blocks: when it changes, nothing that was worked out before holds. */
export function remembering<T>(mostRounds: number, era: () => number): Remembering<T> {
  const byRound = new Map<number, T>()
  let eraOfAll = era()
  return {
    of: (votingRoundId) => {
      if (era() !== eraOfAll) byRound.clear()
      eraOfAll = era()
      return byRound.get(votingRoundId)
    },
    keep: (votingRoundId, what) => {
      byRound.set(votingRoundId, what)
      if (byRound.size > mostRounds) byRound.delete(Math.min(...byRound.keys()))
      return what
    },
  }
}
