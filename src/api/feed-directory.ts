/** From what a client wrote to the feed that it means, remembered, since clients repeat themselves. */

import { type Feed, type FeedSymbol, feedSymbol } from '../protocol/feed.ts'
import { ProtocolError } from '../protocol/errors.ts'

/** Spellings remembered. Each feed has a handful; the rest are read anew each time. */
const maxSpellings = 2_000

export type FeedDirectory = {
  readonly symbols: readonly FeedSymbol[]
  /** The feed that a spelling names, or undefined if it names none of ours. */
  readonly find: (spelling: string) => Feed | undefined
}

export function feedDirectory(feeds: readonly Feed[]): FeedDirectory {
  const bySymbol = new Map(feeds.map((feed) => [feed.symbol, feed]))
  const bySpelling = new Map<string, Feed>()

  return {
    symbols: feeds.map((feed) => feed.symbol),
    find(spelling) {
      const remembered = bySpelling.get(spelling)
      if (remembered !== undefined) return remembered

      const symbol = symbolOf(spelling)
      const feed = symbol === undefined ? undefined : bySymbol.get(symbol)
      if (feed !== undefined && bySpelling.size < maxSpellings) bySpelling.set(spelling, feed)
      return feed
    },
  }
}

function symbolOf(spelling: string): FeedSymbol | undefined {
  try {
    return feedSymbol(spelling)
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}
