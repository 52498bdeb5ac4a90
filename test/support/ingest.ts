/** An external collector as the Worker hears it, and batches of which a test names what it is about. */

import { hmacWith, sha256Hex } from '../../src/digest.ts'
import {
  ingestAnswerText,
  ingestHeaders,
  ingestPath,
  ingestRequestText,
} from '../../src/protocol/ingest-auth.ts'
import type { IngestRequest, RawTicker } from '../../src/protocol/ingest-wire.ts'
import { aNonce } from './bridge.ts'
import { aTickAtMs } from './history.ts'

export const collectorName = 'eu-1'
export const collectorSecret = 'a secret between Worker and collector'

/** Kraken's BTC/USD at 100, seen when the tick began. */
export function aRawTicker(differing: Partial<RawTicker> = {}): RawTicker {
  return {
    source: 'kraken',
    market: 'XBTUSD',
    last: 100,
    volume: 10,
    observed_at: aTickAtMs,
    observed_kind: 'ticker',
    ...differing,
  }
}

export function anIngestBatch(differing: Partial<IngestRequest> = {}): IngestRequest {
  return {
    collector: collectorName,
    batch_id: '00000000-0000-4000-8000-0000000000aa',
    tick_at: aTickAtMs,
    tickers: [aRawTicker()],
    ...differing,
  }
}

export type IngestAsking = {
  readonly body?: unknown
  readonly timeMs: number
  readonly nonce?: string
  readonly collector?: string
  readonly secret?: string
}

/** The request of a collector, signed. */
export async function ingestRequest(asking: IngestAsking): Promise<Request> {
  const { body = anIngestBatch(), timeMs, nonce = aNonce() } = asking
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const hmac = await hmacWith(asking.secret ?? collectorSecret)
  const bodySha256 = await sha256Hex(text)
  const signed = { method: 'POST', path: ingestPath, timeMs, nonce, bodySha256 }
  return new Request(`https://chrono.test${ingestPath}`, {
    method: 'POST',
    body: text,
    headers: {
      [ingestHeaders.collector]: asking.collector ?? collectorName,
      [ingestHeaders.time]: String(timeMs),
      [ingestHeaders.nonce]: nonce,
      [ingestHeaders.signature]: await hmac(ingestRequestText(signed)),
    },
  })
}

/** An answer as the collector that asked reads it. */
export async function ingestHeard(request: Request, response: Response) {
  const text = await response.text()
  const hmac = await hmacWith(collectorSecret)
  const nonce = request.headers.get(ingestHeaders.nonce) ?? ''
  const bodySha256 = await sha256Hex(text)
  const expected = await hmac(ingestAnswerText({ status: response.status, nonce, bodySha256 }))
  const body: unknown = JSON.parse(text)
  const isSigned = response.headers.get(ingestHeaders.signature) === expected
  return { status: response.status, body, headers: response.headers, isSigned }
}
