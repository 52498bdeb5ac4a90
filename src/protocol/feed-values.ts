/**
 * The vector of feed values: what a data provider commits to and reveals, in canonical feed order.
 *
 *     slot  slot  …     4 bytes each: round(price · 10^decimals) + 2^31, big-endian, unsigned
 *
 * A slot of zeros is "no value"; empty slots at the end are left out, all but the first of the
 * vector. `80000000` is a vote for the price 0 and not a missing one, so it is never written here.
 */

import { bytesToHex, type Hex } from 'viem'
import { wholeBytes } from './bytes.ts'
import { ProtocolError } from './errors.ts'

/** One feed's place in the vector. */
export type FeedValueEntry = {
  /** Quote currency for one unit of base; absent where there is none. */
  readonly price?: number
  /** Of the feed's value on chain; may be negative. */
  readonly decimals: number
}

export type EncodedFeedValues = {
  /** The vector as it is committed to and revealed. */
  readonly values: Hex
  /**
   * One for each entry: the value on chain (a positive integer; the price times 10^decimals), or
   * `undefined` where the slot is empty. Where the entry had a price, it could not be encoded.
   */
  readonly encoded: readonly (number | undefined)[]
}

export type FeedValue = {
  /** The integer on chain, -(2^31) + 1 to 2^31 - 1. */
  readonly value: number
  readonly decimals: number
  /** `value` over 10^decimals, in quote currency. */
  readonly price: number
}

const slotBytes = 4

/** What is added so that a signed value is written without a sign. */
const excess = 2 ** 31

const largestValue = excess - 1

/**
 * Encodes a vector. It never throws: a feed whose price cannot be written (not finite, not
 * positive, too large for its decimals, or so small that it would be a vote for 0) leaves its slot
 * empty and spoils no other's.
 *
 * @example one price of 1.2345 at 2 decimals is 123 and the slot `8000007b`
 * @see https://github.com/flare-foundation/FTSO-Scaling `FeedValueEncoder`, whose arithmetic this
 *   equals bit for bit; it refuses the whole vector where this leaves a slot empty.
 */
export function encodeFeedValues(entries: readonly FeedValueEntry[]): EncodedFeedValues {
  const encoded = entries.map(valueOnChain)
  const last = encoded.findLastIndex((value) => value !== undefined)
  const slots = Math.min(entries.length, Math.max(last + 1, 1))

  const bytes = new Uint8Array(slots * slotBytes)
  const view = new DataView(bytes.buffer)
  for (const [slot, value] of encoded.entries()) {
    if (value !== undefined) view.setUint32(slot * slotBytes, value + excess)
  }
  return { values: bytesToHex(bytes), encoded }
}

/**
 * Reads a vector, anybody's: a vote for 0 or below it is a value here too.
 *
 * @param decimals Of every feed, in canonical order. Slots that the vector leaves out are empty.
 * @returns One for each feed; `undefined` where its slot is empty.
 * @throws {ProtocolError} `malformed-payload` if there is part of a slot or more slots than feeds.
 */
export function decodeFeedValues(
  values: Hex,
  decimals: readonly number[],
): readonly (FeedValue | undefined)[] {
  const bytes = wholeBytes(values, 'vector of feed values')
  refuseOddVector(bytes, decimals.length)

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return decimals.map((feedDecimals, feed) => {
    const at = feed * slotBytes
    const slot = at < bytes.length ? view.getUint32(at) : 0
    if (slot === 0) return undefined
    const value = slot - excess
    return { value, decimals: feedDecimals, price: unscaled(value, feedDecimals) }
  })
}

/**
 * Refuses bytes that are no vector of so many feeds or fewer.
 *
 * @throws {ProtocolError} `malformed-payload`
 */
export function refuseOddVector(bytes: Uint8Array, feedCount: number): void {
  if (bytes.length % slotBytes !== 0 || bytes.length > feedCount * slotBytes) {
    throw new ProtocolError(
      'malformed-payload',
      `${bytes.length} bytes are no vector of at most ${feedCount} feed values.`,
    )
  }
}

/**
 * `Math.round(price * 10 ** decimals)`, in this order of operations: the product's own rounding
 * decides ties, and other providers round the same product.
 */
function valueOnChain({ price, decimals }: FeedValueEntry): number | undefined {
  if (price === undefined || !Number.isInteger(decimals)) return undefined
  const value = Math.round(price * 10 ** decimals)
  return value > 0 && value <= largestValue ? value : undefined
}

/** Divides where it can: 10^-n is not exact in binary, 10^n is. */
function unscaled(value: number, decimals: number): number {
  return decimals >= 0 ? value / 10 ** decimals : value * 10 ** -decimals
}
