/**
 * flare-system-client as a protocol data provider meets it: a bare GET with a key, a time-out, an
 * answer that must be a 200 whose fields it all knows, and questions that are repeated at once, for
 * as often as it is set to.
 *
 * @see https://github.com/flare-foundation/flare-system-client `client/protocol/protocol_utils.go`
 */

import { type Address, type Hex, size } from 'viem'
import { z } from 'zod'

export type Fetched =
  | { readonly kind: 'ok'; readonly data: Hex; readonly finalizationData?: Hex }
  | { readonly kind: 'empty' }
  | { readonly kind: 'error'; readonly message: string }

export type SystemClient = {
  readonly submit1: (votingRoundId: number) => Promise<Fetched>
  readonly submit2: (votingRoundId: number) => Promise<Fetched>
  readonly submitSignatures: (votingRoundId: number) => Promise<Fetched>
}

type Settings = {
  /** As in `api_endpoint`; a path in it is kept. */
  readonly url: string
  readonly apiKey?: string
  readonly address: Address
  /** `data_fetch_retries`: how often it is asked in all. */
  readonly fetchRetries?: number
  /** Clients after 1.1 know one field more. */
  readonly knowsFinalizationData?: boolean
  /** Milliseconds; the client's own are 5 000 and, for signatures, 2 000. */
  readonly timeoutMs?: number
}

/** A field that is not here is refused. */
const knownFields = z.strictObject({
  status: z.string(),
  data: z.string().default(''),
  additionalData: z.string().default(''),
})
const fieldsSince = knownFields.extend({ finalizationData: z.string().optional() })

export function systemClient(settings: Settings): SystemClient {
  const { fetchRetries = 1, timeoutMs = 5_000, knowsFinalizationData = false } = settings
  const schema = knowsFinalizationData ? fieldsSince : knownFields

  const once = async (path: string, bytes?: number): Promise<Fetched> => {
    const response = await fetch(`${settings.url.replace(/\/$/, '')}/${path}`, {
      signal: AbortSignal.timeout(timeoutMs),
      headers: { ...(settings.apiKey !== undefined && { 'X-API-KEY': settings.apiKey }) },
    })
    if (response.status !== 200) throw new Error(`http status ${response.status}`)
    return read(schema.parse(await response.json()), bytes)
  }

  const fetched = async (call: string, votingRoundId: number, bytes?: number): Promise<Fetched> => {
    let message = 'never asked'
    for (let i = 0; i < fetchRetries; i += 1) {
      try {
        return await once(`${call}/${votingRoundId}/${settings.address}`, bytes)
      } catch (error) {
        message = String(error)
      }
    }
    return { kind: 'error', message }
  }

  return {
    submit1: (votingRoundId) => fetched('submit1', votingRoundId),
    submit2: (votingRoundId) => fetched('submit2', votingRoundId),
    submitSignatures: (votingRoundId) => fetched('submitSignatures', votingRoundId, 38),
  }
}

/** @throws {Error} unless the answer is data of the right length, or nothing for good. */
function read(answer: z.infer<typeof fieldsSince>, bytes: number | undefined): Fetched {
  if (answer.status === 'EMPTY') return { kind: 'empty' }
  if (answer.status === 'RETRY') throw new Error('retry')
  if (answer.status !== 'OK') throw new Error(`unknown status: ${answer.status}`)
  const data = bytesIn(answer.data)
  if (bytes !== undefined && size(data) !== bytes) throw new Error(`data is not ${bytes} bytes`)
  const { finalizationData } = answer
  if (finalizationData === undefined) return { kind: 'ok', data }
  if (!finalizationData.startsWith('0x')) throw new Error('hex string without 0x prefix')
  return { kind: 'ok', data, finalizationData: bytesIn(finalizationData) }
}

function bytesIn(text: string): Hex {
  const hex = text.replace(/^0x/, '')
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(hex)) throw new Error('not hex')
  return `0x${hex}`
}
