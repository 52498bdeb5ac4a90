/** What the value provider asks of the memory of what was told. */

/** The value of each feed that had one at some instant, by symbol. */
export type Values = ReadonlyMap<string, number>

/** Throws when the memory does not answer, or could not write. */
export type ToldValues = {
  /** What a key was told of a round; undefined if nothing, or longer ago than is remembered. */
  readonly recall: (keyId: string, votingRoundId: number) => Promise<Values | undefined>
  /** Remembers what a key is told of a round, unless it was told before; and says what it was told. */
  readonly tell: (keyId: string, votingRoundId: number, values: Values) => Promise<Values>
}
