/**
 * A companion over HTTP, in the words that Flare's own system client speaks with protocol clients:
 *
 *     GET {base}/submit1/{round}/{submit address}
 *     GET {base}/submit2/{round}/{submit address}
 *     GET {base}/submitSignatures/{round}/{submit-signatures address}
 *     → {"status": "OK" | "EMPTY" | "RETRY", "data": "0x…", "additionalData": "0x…"}
 *
 * @see https://github.com/flare-foundation/flare-system-client (protocol API, seen 2026-11-22)
 */

import type { Hex } from 'viem'
import { z } from 'zod'
import { ProtocolError } from '../../src/protocol/errors.ts'
import { decodeFrames } from '../../src/protocol/payload.ts'
import { protocolMessageBytes, readProtocolMessage } from '../../src/protocol/protocol-message.ts'
import type { CallKind } from '../call.ts'
import { bytesOf, reasonOf } from '../signed-answer.ts'
import type { Companion, CompanionFrame, CompanionMessage } from './companion.ts'

export type HttpCompanionDeps = {
  readonly protocolId: number
  /** Where it is; a path in it is kept. */
  readonly url: string
  /** Sent as `X-API-KEY` where there is one. */
  readonly apiKey?: string
  readonly fetch: typeof fetch
}

/** Of one frame's payload: what is left of a subsidised transaction beside 63 prices is far more. */
const maxPayloadBytes = 2_048

const hexSchema = z.templateLiteral(['0x', z.string().regex(/^([0-9a-fA-F]{2})*$/)])

const answerSchema = z.object({
  status: z.string().max(64),
  data: hexSchema.optional(),
  additionalData: hexSchema.optional(),
})

type Said =
  | { readonly kind: 'said'; readonly data: Hex; readonly additionalData: Hex }
  | Exclude<CompanionFrame, { kind: 'frame' }>

export function httpCompanion(deps: HttpCompanionDeps): Companion {
  const base = deps.url.replace(/\/+$/, '')
  const ask = (kind: CallKind, votingRoundId: number, address: string, deadlineMs: number) =>
    said(deps, `${base}/${kind}/${votingRoundId}/${address}`, deadlineMs)
  return {
    protocolId: deps.protocolId,
    frameFor: async (kind, votingRoundId, address, deadlineMs) => {
      const answer = await ask(kind, votingRoundId, address, deadlineMs)
      return answer.kind === 'said' ? frameIn(answer.data, deps.protocolId, votingRoundId) : answer
    },
    messageFor: async (votingRoundId, address, deadlineMs) => {
      const answer = await ask('submitSignatures', votingRoundId, address, deadlineMs)
      return answer.kind === 'said' ? messageIn(answer, deps.protocolId, votingRoundId) : answer
    },
  }
}

/** One answer; whatever goes wrong on the way is worth asking again, within the caller's time. */
async function said(
  { fetch, apiKey }: HttpCompanionDeps,
  url: string,
  deadlineMs: number,
): Promise<Said> {
  try {
    const response = await fetch(url, {
      headers: apiKey === undefined ? {} : { 'X-API-KEY': apiKey },
      redirect: 'error',
      signal: AbortSignal.timeout(Math.max(1, deadlineMs)),
    })
    if (response.status !== 200) {
      // Whoever it is, it is not to hold a connection open for a body that nobody reads.
      await response.body?.cancel()
      return { kind: 'again', reason: `It answered with status ${response.status}.` }
    }
    const text = Buffer.from(await bytesOf(response)).toString()
    return readAnswer(answerSchema.parse(JSON.parse(text)))
  } catch (error) {
    if (error instanceof TypeError || error instanceof Error) {
      return { kind: 'again', reason: reasonOf(error) }
    }
    throw error
  }
}

function readAnswer({ status, data, additionalData }: z.infer<typeof answerSchema>): Said {
  if (status === 'EMPTY') return { kind: 'empty' }
  if (status !== 'OK') return { kind: 'again', reason: `Its status is ${printable(status)}.` }
  if (data === undefined) return refused('An answer that is OK has data.')
  return { kind: 'said', data, additionalData: additionalData ?? '0x' }
}

/** The one frame that the data is, if it is just that. */
export function frameIn(data: Hex, protocolId: number, votingRoundId: number): CompanionFrame {
  try {
    const [frame, ...others] = decodeFrames(data)
    if (frame === undefined || others.length > 0) return refused('The data is not one frame.')
    if (frame.protocolId !== protocolId) {
      return refused(`The frame is of protocol ${frame.protocolId}, not ${protocolId}.`)
    }
    if (frame.votingRoundId !== votingRoundId) {
      return refused(`The frame is of round ${frame.votingRoundId}, not ${votingRoundId}.`)
    }
    const bytes = (frame.payload.length - 2) / 2
    if (bytes > maxPayloadBytes) return refused(`A payload of ${bytes} bytes is too long.`)
    return { kind: 'frame', frame }
  } catch (error) {
    if (error instanceof ProtocolError) return refused('The data is no frame.')
    throw error
  }
}

function messageIn(
  { data, additionalData }: Extract<Said, { kind: 'said' }>,
  protocolId: number,
  votingRoundId: number,
): CompanionMessage {
  if ((data.length - 2) / 2 !== protocolMessageBytes) {
    return refused(`A message is ${protocolMessageBytes} bytes.`)
  }
  const message = readProtocolMessage(data)
  if (message === undefined) return refused('The data is no message.')
  if (message.protocolId !== protocolId) {
    return refused(`The message is of protocol ${message.protocolId}, not ${protocolId}.`)
  }
  if (message.votingRoundId !== votingRoundId) {
    return refused(`The message is of round ${message.votingRoundId}, not ${votingRoundId}.`)
  }
  if (/^0x0*$/.test(message.merkleRoot)) return refused('The root is zero.')
  const bytes = (additionalData.length - 2) / 2
  if (bytes > maxPayloadBytes) return refused(`An unsigned part of ${bytes} bytes is too long.`)
  return { kind: 'message', message: lower(data), unsigned: lower(additionalData) }
}

function refused(reason: string) {
  return { kind: 'refused', reason } as const
}

/** Somebody else's word in our log: short, and of one kind of letters. */
function printable(status: string): string {
  return status.replace(/[^A-Za-z0-9_-]/g, '?').slice(0, 32)
}

function lower(hex: Hex): Hex {
  return `0x${hex.slice(2).toLowerCase()}`
}
