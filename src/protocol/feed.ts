/**
 * A feed: a price series that the protocol knows by a 21-byte id and people by a symbol such as
 * `BTC/USD`. Every spelling of a symbol is read here and nowhere else.
 */

import { bytesToHex, type Hex, stringToBytes } from 'viem'
import { z } from 'zod'
import { ProtocolError } from './errors.ts'

/** A feed's name as people write it: base, slash, quote currency, in capitals. */
export const symbolSchema = z
  .string()
  .regex(/^[A-Z0-9]{1,12}\/[A-Z]{3,5}$/, 'A symbol looks like BTC/USD.')
  .brand<'FeedSymbol'>()
export type FeedSymbol = z.infer<typeof symbolSchema>

export type Feed = {
  readonly symbol: FeedSymbol
  /** 1 is crypto. The first byte of the feed id. */
  readonly category: number
  /** Decimals of the feed's value on chain; may be negative. The chain's offer events decide. */
  readonly decimals: number
}

/** A feed's name on chain: 21 bytes, lower-case hex. */
export const feedIdSchema = z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]{42}$/)])

/** The quote currency that a bare base such as `BTC` means. */
const defaultQuoteCurrency = 'USD'

const feedIdBytes = 21

/**
 * The feed's on-chain id: its category byte, then its symbol in ASCII, then zeros.
 *
 * @returns 21 bytes as hex, e.g. `0x01464c522f555344…00` for `FLR/USD`.
 * @throws {ProtocolError} `symbol-too-long` if the symbol does not fit in 20 bytes.
 * @see https://dev.flare.network/ftso/feeds, "How Feed IDs are derived"
 */
export function feedId(feed: Pick<Feed, 'symbol' | 'category'>): Hex {
  const name = stringToBytes(feed.symbol)
  if (name.length > feedIdBytes - 1) {
    throw new ProtocolError('symbol-too-long', `Symbol ${feed.symbol} exceeds 20 bytes.`)
  }

  const id = new Uint8Array(feedIdBytes)
  id[0] = feed.category
  id.set(name, 1)
  return bytesToHex(id)
}

/**
 * The symbol that a person's or a program's spelling names: `btc`, `BTC-USD`, `BTC_USD` and
 * `BTC/USD` are all `BTC/USD`.
 *
 * @throws {ProtocolError} `symbol-malformed` if the text names no feed in any spelling.
 */
export function feedSymbol(text: string): FeedSymbol {
  const spelled = text.trim().toUpperCase().replace(/[-_]/, '/')
  const parsed = symbolSchema.safeParse(
    spelled.includes('/') ? spelled : `${spelled}/${defaultQuoteCurrency}`,
  )
  if (!parsed.success) {
    throw new ProtocolError(
      'symbol-malformed',
      `"${text.slice(0, 40)}" is no symbol; one looks like BTC, BTC-USD or BTC/USD.`,
    )
  }
  return parsed.data
}

/** The base of a symbol: `BTC` of `BTC/USD`. */
export function baseOf(symbol: FeedSymbol): string {
  return symbol.slice(0, symbol.indexOf('/'))
}
