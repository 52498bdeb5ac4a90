/** Whoever a secret is shared with, as the signed door needs to know him. */

export type Guest = {
  /** HMAC-SHA256 of a text's UTF-8 bytes with the secret that is shared, hex in lower case. */
  readonly hmacHex: (text: string) => Promise<string>
  /** SHA-256, hex in lower case. */
  readonly sha256OfBytes: (bytes: Uint8Array) => Promise<string>
}
