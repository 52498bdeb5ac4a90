/** The fields that a published case of calldata names, and our reading of the same fields. */

import { type Hex, hexToBigInt, numberToHex } from 'viem'
import { z } from 'zod'
import { decodeReveal } from '../../src/protocol/commit.ts'
import { decodeFeedValues } from '../../src/protocol/feed-values.ts'
import { readProtocolMessage } from '../../src/protocol/protocol-message.ts'
import { readSubmission } from '../../src/protocol/submission.ts'
import { readSubmitSignatures } from '../../src/protocol/submit-signatures.ts'
import { bigintSchema, hexSchema } from './fields.ts'

export const fieldsSchema = z.strictObject({
  protocolId: z.int().optional(),
  votingRoundId: z.int().optional(),
  payloadLength: z.int().optional(),
  commitHash: hexSchema.optional(),
  random: bigintSchema.optional(),
  values: z.array(z.int()).optional(),
  type: z.int().optional(),
  messageProtocolId: z.int().optional(),
  isSecureRandom: z.int().optional(),
  merkleRoot: hexSchema.optional(),
  v: hexSchema.optional(),
  r: hexSchema.optional(),
  s: hexSchema.optional(),
  unsignedMessage: hexSchema.optional(),
})
type Fields = z.infer<typeof fieldsSchema>

/** Our reading of those fields that the published case names, in its order. */
export function fieldsOf(calldata: Hex, protocolId: number, wanted: Fields): Fields {
  const frame = frameOf(calldata, protocolId)
  const { payload } = frame
  const read = {
    protocolId: frame.protocolId,
    votingRoundId: frame.votingRoundId,
    payloadLength: (payload.length - 2) / 2,
    commitHash: payload,
    ...(wanted.values !== undefined && revealFieldsOf(payload, wanted.values.length)),
    ...(wanted.type !== undefined && signatureFieldsOf(payload)),
  }
  const entries = Object.entries(read)
  const order = Object.keys(wanted)
  return fieldsSchema.parse(
    Object.fromEntries(order.flatMap((key) => entries.filter(([name]) => name === key))),
  )
}

function revealFieldsOf(payload: Hex, feedCount: number) {
  const { random, feedValues } = decodeReveal(payload, feedCount)
  const values = decodeFeedValues(feedValues, Array<number>(feedCount).fill(5))
  return { random: hexToBigInt(random).toString(), values: values.map((each) => each?.value) }
}

function signatureFieldsOf(payload: Hex) {
  const read = readSubmitSignatures(payload)
  if (read === undefined) throw new Error('The payload holds no signature.')
  const { type, signature, unsigned: unsignedMessage } = read
  const message = type === 0 ? readProtocolMessage(read.message) : undefined
  return {
    type,
    messageProtocolId: message?.protocolId,
    isSecureRandom: message && Number(message.isSecureRandom),
    merkleRoot: message?.merkleRoot,
    ...signature,
    v: numberToHex(signature.v, { size: 1 }),
    unsignedMessage,
  }
}

/** The frame of one protocol. */
export function frameOf(calldata: Hex, protocolId: number) {
  const frame = readSubmission(calldata)?.frames.find((each) => each.protocolId === protocolId)
  if (frame === undefined) throw new Error(`The calldata has no frame of protocol ${protocolId}.`)
  return frame
}
