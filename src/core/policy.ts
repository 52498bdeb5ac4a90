/** What an operator decides about the vote of a feed; everything finer is in `tuning.ts`. */

export type ConsensusPolicy = {
  /** A quote older than this says nothing about now, unless its source is known to be slow. Milliseconds. */
  readonly staleAfterMs: number
  /** Fewer agreeing sources than this is no consensus. */
  readonly minSources: number
  /** Ticks that a new or returning source has to agree in before it votes. */
  readonly probationTicks: number
  /** Sources that show another's book, by the name of their group: a group counts once. */
  readonly groups?: Readonly<Record<string, string>>
}

/** The policy of the house, where settings say no other. */
export const defaultPolicy: ConsensusPolicy = {
  staleAfterMs: 60_000,
  minSources: 2,
  probationTicks: 20,
}
