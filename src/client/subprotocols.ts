/**
 * What a socket offers in place of headers, which browsers cannot send: our subprotocol, and the key
 * dressed as one. The server says back the first alone.
 */

const streamSubprotocol = 'chrono.v1'
const keyPrefix = 'chrono.key.'

/** The subprotocols to offer, with the key in base64url, for a subprotocol must be a token. */
export function subprotocolsOf(apiKey: string): readonly [string, string] {
  const base64url = btoa(apiKey).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  return [streamSubprotocol, keyPrefix + base64url]
}
