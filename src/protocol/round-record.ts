/** A round as the world may see it once its reveal is on chain: what was frozen, in public words. */

import { hexToString } from 'viem'
import type { FrozenEntry, FrozenRound } from './bridge-wire.ts'
import { encodeFeedValues } from './feed-values.ts'
import { type FeedSymbol, feedSymbol } from './feed.ts'
import type { RoundRecord } from './wire-rest.ts'

/** Decimals of `price`, the same for all feeds. `value` has the chain's, which cut nothing. */
const priceDecimals = 8

/** The public record of a frozen round. Only for rounds whose reveal is confirmed. */
export function roundRecordOf(
  { voting_round_id, frozen_at, entries }: FrozenRound,
  signature: RoundRecord['signature'],
): RoundRecord {
  const { encoded } = encodeFeedValues(
    entries.map(({ price, decimals }) =>
      price === undefined ? { decimals } : { price, decimals },
    ),
  )
  return {
    epoch_id: voting_round_id,
    prices: entries.flatMap((entry, feed) => priceOf(entry, encoded[feed])),
    timestamp: frozen_at,
    ...(signature === undefined ? {} : { signature }),
  }
}

/** None for a feed without a price. */
function priceOf(entry: FrozenEntry, value: number | undefined): RoundRecord['prices'] {
  const { id, decimals, price, confidence = 0, rolled } = entry
  if (price === undefined) return []
  return [
    {
      symbol: symbolOf(id),
      price: BigInt(Math.round(price * 10 ** priceDecimals)).toString(),
      confidence: Math.round(confidence * 100),
      ...(value === undefined ? {} : { value }),
      decimals,
      ...(rolled === undefined ? {} : { rolled }),
    },
  ]
}

/** A feed id is a category byte, the symbol in ASCII, and zeros. */
function symbolOf(id: FrozenEntry['id']): FeedSymbol {
  return feedSymbol(hexToString(`0x${id.slice(4)}`).replaceAll('\0', ''))
}
