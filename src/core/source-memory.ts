/** What a feed has learnt of one of its sources. */

/** What a source last said, in its market's own currencies: what has changed since is judged by it. */
export type LastWords = {
  readonly price: number
  /** 0 where it said none. */
  readonly bid: number
  readonly ask: number
  readonly volume: number
  /** Since when its price is what it is, Unix milliseconds. */
  readonly priceSinceMs: number
  /** The same of its book. */
  readonly bookSinceMs: number
  /** Since when nothing at all has changed: neither price nor book nor volume. */
  readonly allSinceMs: number
}

export type SourceMemory = {
  /** The last tick that it quoted in, Unix milliseconds. */
  readonly seenAtMs: number
  readonly said: LastWords
  /** The last consensus that it had a part in, Unix milliseconds; 0 if none. */
  readonly agreedAtMs: number
  /** What it was heard with then, feed's quote currency for one unit of base. */
  readonly price: number
  /** Mean time between its trades, milliseconds; as far as ticks can tell. */
  readonly intervalMs: number
  /** Ticks that taught the two figures below. */
  readonly heard: number
  /** Standard deviation of its price beyond what its age explains, 1/10 000 of the price. */
  readonly madBps: number
  /** To which side of the consensus it leans, 1/10 000 of the price; at most 4 to either side. */
  readonly biasBps: number
  /** Sums of CUSUM: how long it has been drifting up, and down, in standard deviations. */
  readonly driftUp: number
  readonly driftDown: number
  /** 0.05 to 1. */
  readonly reputation: number
  /** Ticks in which it agreed since it was last new; counted up to what makes a member. */
  readonly agreed: number
  /** Ticks in a row in which it was a fifth or more from the consensus. */
  readonly strays: number
}

/** What is known of a source; undefined of one that was never seen. */
export function sourceMemoryOf(
  sources: Readonly<Record<string, SourceMemory>>,
  source: string,
): SourceMemory | undefined {
  return Object.hasOwn(sources, source) ? sources[source] : undefined
}
