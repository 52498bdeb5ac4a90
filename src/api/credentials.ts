/**
 * How a key is written, and how it travels: in the header `X-API-Key`; from browsers, whose sockets
 * send no headers, among the subprotocols that a WebSocket offers; from the reference clients of a
 * value provider, which send none either, in the path.
 */

export const apiKeyHeader = 'X-API-Key'

/** Below it the next part of a path is a key. */
export const keyPath = '/vp'

/** A path, without the key in it however that is spelled: for the log. */
export function withoutPathKey(path: string): string {
  return path.replace(/^\/vp\/[^/]*/, `${keyPath}/…`)
}

/** The subprotocol that we speak. */
export const streamSubprotocol = 'chrono.v1'

/** A subprotocol that is no protocol: the key in base64url, for it must be a token. */
const keySubprotocolPrefix = 'chrono.key.'

const keyPrefix = 'chrono_'

/** Random bytes in a key: 192 bits cannot be guessed, nor found from their hash. */
export const keyBytes = 24

/** The prefix, and `keyBytes` in base64url. */
const keyForm = /^chrono_[A-Za-z0-9_-]{32}$/

/** The key that is made of these random bytes. */
export function apiKeyOf(random: Uint8Array): string {
  return keyPrefix + base64url(random)
}

/** Whether a text is written as every key that we make is. */
export function isApiKey(text: string): boolean {
  return keyForm.test(text)
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export type OfferedSubprotocols = {
  /** Whether the client offered any at all. */
  readonly any: boolean
  /** Whether it offered ours. */
  readonly ours: boolean
  readonly key: string | undefined
}

/** What a `Sec-WebSocket-Protocol` header offers. */
export function offeredSubprotocols(header: string | null): OfferedSubprotocols {
  const offered = (header ?? '')
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '')
  const carrier = offered.find((token) => token.startsWith(keySubprotocolPrefix))
  return {
    any: offered.length > 0,
    ours: offered.includes(streamSubprotocol),
    key: carrier === undefined ? undefined : textOf(carrier.slice(keySubprotocolPrefix.length)),
  }
}

/**
 * Whether two digests are the same, in a time that depends on their length alone: how long an
 * answer takes says nothing of how much of a guess was right.
 */
export function areEqualDigests(one: string, other: string): boolean {
  if (one.length !== other.length) return false
  let differing = 0
  for (let i = 0; i < one.length; i += 1) differing |= one.charCodeAt(i) ^ other.charCodeAt(i)
  return differing === 0
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** The text behind base64url; what is none is taken as it stands, and will be no known key. */
function textOf(encoded: string): string {
  try {
    return atob(encoded.replaceAll('-', '+').replaceAll('_', '/'))
  } catch {
    // Not base64: the door refuses it like any other unknown key.
    return encoded
  }
}
