/**
 * A quote's id: the UUIDv5 of its source, symbol and tick. The same quote has the same id wherever
 * and how often it is made, which is what lets every store take it twice.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-5
 */

import type { FeedSymbol } from '../protocol/feed.ts'
import { uuidOf } from '../protocol/uuid.ts'

/** SHA-1 of some bytes: 20 bytes. Passed in, since the core has no cryptography of its own. */
export type Sha1 = (bytes: Uint8Array<ArrayBuffer>) => Promise<ArrayBuffer>

/** The namespace of quotes. It never changes: ids that are kept depend on it. */
const quoteNamespace = '9108edf4-f48a-4f29-bde7-eb5b805c4243'

/**
 * The id of the quote that a source made of a feed at a tick.
 *
 * @param tickAtMs The instant that names the tick, Unix milliseconds.
 */
export function quoteId(
  source: string,
  symbol: FeedSymbol,
  tickAtMs: number,
  sha1: Sha1,
): Promise<string> {
  // A symbol and an instant hold no bar, so that even a source that does cannot pass for another.
  return uuidV5(quoteNamespace, `${source}|${symbol}|${tickAtMs}`, sha1)
}

/**
 * The UUIDv5 of a name: the first 16 bytes of the SHA-1 over the namespace's bytes and the name in
 * UTF-8.
 *
 * @param namespace A UUID.
 */
export async function uuidV5(namespace: string, name: string, sha1: Sha1): Promise<string> {
  const prefix = bytesOfHex(namespace.replaceAll('-', ''))
  const digest = new Uint8Array(await sha1(Uint8Array.from([...prefix, ...utf8BytesOf(name)])))

  return uuidOf(digest, 5)
}

/** There is no TextEncoder in the core: escapes name the bytes of what is not plain. */
function utf8BytesOf(text: string): number[] {
  const escaped = encodeURIComponent(text.toWellFormed())
  return Array.from(escaped.matchAll(/%(..)|./g), ([plain, hex]) =>
    hex === undefined ? plain.charCodeAt(0) : Number.parseInt(hex, 16),
  )
}

function bytesOfHex(hex: string): number[] {
  return Array.from(hex.matchAll(/../g), ([pair]) => Number.parseInt(pair, 16))
}
