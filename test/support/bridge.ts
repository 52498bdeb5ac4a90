/** A bridge as the Worker hears it: requests signed with a secret, and what it makes of answers. */

import { hmacWith, sha256Hex } from '../../src/digest.ts'
import { answerText, bridgeHeaders, requestText } from '../../src/protocol/bridge-auth.ts'

export const bridgeSecret = 'a secret between Worker and bridge'

let nonces = 0

/** A nonce that no other request of the test has. */
export function aNonce(): string {
  nonces += 1
  return nonces.toString(16).padStart(32, '0')
}

export type BridgeAsking = {
  readonly body?: unknown
  /** Sent as it stands, in place of `body`. */
  readonly text?: string
  readonly timeMs: number
  readonly nonce?: string
  readonly secret?: string
  /** The path that is signed, where it is not the one that is asked. */
  readonly signedPath?: string
}

/** The request of a bridge, signed. */
export async function bridgeRequest(path: string, asking: BridgeAsking): Promise<Request> {
  const { body = {}, timeMs, nonce = aNonce(), secret = bridgeSecret, signedPath = path } = asking
  const text = asking.text ?? JSON.stringify(body)
  const hmac = await hmacWith(secret)
  const signature = await hmac(
    requestText({
      method: 'POST',
      path: signedPath,
      timeMs,
      nonce,
      bodySha256: await sha256Hex(text),
    }),
  )
  return new Request(`https://chrono.test${path}`, {
    method: 'POST',
    body: text,
    headers: {
      [bridgeHeaders.time]: String(timeMs),
      [bridgeHeaders.nonce]: nonce,
      [bridgeHeaders.signature]: signature,
    },
  })
}

export type BridgeHeard = {
  readonly status: number
  readonly text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- A test asserts what it finds here.
  readonly body: any
  readonly headers: Headers
  /** Whether the answer is signed as an answer to this very request. */
  readonly isSigned: boolean
}

/** An answer as the bridge that asked reads it. */
export async function bridgeHeard(request: Request, response: Response): Promise<BridgeHeard> {
  const text = await response.text()
  const hmac = await hmacWith(bridgeSecret)
  const expected = await hmac(
    answerText({
      status: response.status,
      nonce: request.headers.get(bridgeHeaders.nonce) ?? '',
      bodySha256: await sha256Hex(text),
    }),
  )
  return {
    status: response.status,
    text,
    body: JSON.parse(text),
    headers: response.headers,
    isSigned: response.headers.get(bridgeHeaders.signature) === expected,
  }
}
