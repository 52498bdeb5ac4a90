/** SHA-256 and its HMAC as hex text in lower case, by the platform's own implementation. */

import { bytesToHex } from 'viem'

/** SHA-256 of a text's UTF-8 bytes: 64 hex digits. */
export async function sha256Hex(text: string): Promise<string> {
  return sha256OfBytes(new TextEncoder().encode(text))
}

/** SHA-256 of bytes: 64 hex digits. */
export async function sha256OfBytes(bytes: Uint8Array): Promise<string> {
  return hexOf(await crypto.subtle.digest('SHA-256', bytes))
}

/** HMAC-SHA256 with this secret, of a text's UTF-8 bytes: 64 hex digits. */
export async function hmacWith(secret: string): Promise<(text: string) => Promise<string>> {
  const encoder = new TextEncoder()
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, [
    'sign',
  ])
  return async (text) => hexOf(await crypto.subtle.sign('HMAC', key, encoder.encode(text)))
}

function hexOf(buffer: ArrayBuffer): string {
  return bytesToHex(new Uint8Array(buffer)).slice(2)
}
