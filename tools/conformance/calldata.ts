/** `02`: calldata of real transactions, frames, the 38-byte message, malformed calldata. */

import { z } from 'zod'
import { commitHash, decodeReveal } from '../../src/protocol/commit.ts'
import { messageDigest } from '../../src/protocol/digests.ts'
import { networks } from '../../src/protocol/networks.ts'
import { decodeFrames, encodeFrame, protocolIds } from '../../src/protocol/payload.ts'
import { encodeProtocolMessage, readProtocolMessage } from '../../src/protocol/protocol-message.ts'
import { recoverSigner } from '../../src/protocol/signatures.ts'
import { readSubmission, submissionCalldata } from '../../src/protocol/submission.ts'
import { readSubmitSignatures } from '../../src/protocol/submit-signatures.ts'
import { fieldsOf, fieldsSchema, frameOf } from './calldata-fields.ts'
import { hexSchema } from './fields.ts'
import type { VectorCase } from './vector-case.ts'

const schema = z.object({
  cases: z.array(
    z.object({
      name: z.string(),
      calldata: hexSchema,
      expect: z.union([z.strictObject({ ftso: fieldsSchema, fdc: fieldsSchema }), fieldsSchema]),
    }),
  ),
  framing: z.array(
    z.object({
      protocolId: z.int(),
      votingRoundId: z.int(),
      payload: hexSchema,
      expect: hexSchema,
    }),
  ),
  message38: z.array(
    z.object({
      protocolId: z.int(),
      votingRoundId: z.int(),
      isSecureRandom: z.boolean(),
      merkleRoot: hexSchema,
      expect: hexSchema,
    }),
  ),
  malformed: z.array(z.object({ why: z.string(), calldata: hexSchema })),
})
type Published = z.infer<typeof schema>

/** Who sent the commit and reveal of Flare's round 812576: as `01` has it. */
const submitAddress = '0xc4a19715F3Dd209F01E84ABe65De7c2E9C8b6269'

/** Who signed Flare's round 812662: a voter of the real policies 309 and 392. */
const signerOf812662 = '0x84824513537a6d24cfcedd' + 'c1ab8f4079a6bd4cfb'

export function calldataCases(json: unknown): readonly VectorCase[] {
  const published = schema.parse(json)
  return [
    ...published.cases.flatMap(transactionCases),
    ...pairCases(published),
    ...published.framing.flatMap(({ expect, ...frame }) => [
      { name: `frame ${expect}: encoded`, published: expect, ours: () => encodeFrame(frame) },
      { name: `frame ${expect}: read`, published: [frame], ours: () => decodeFrames(expect) },
    ]),
    ...published.message38.flatMap(({ expect, ...message }) => [
      {
        name: `message of round ${message.votingRoundId}: encoded`,
        published: expect,
        ours: () => encodeProtocolMessage(message),
      },
      {
        name: `message of round ${message.votingRoundId}: read`,
        published: message,
        ours: () => readProtocolMessage(expect),
      },
    ]),
    ...published.malformed.map(({ why, calldata }) => ({
      name: `malformed, ${why}`,
      published: undefined,
      ours: () => readSubmission(calldata),
    })),
  ]
}

function transactionCases({
  name,
  calldata,
  expect,
}: Published['cases'][number]): readonly VectorCase[] {
  const byProtocol =
    'ftso' in expect
      ? [
          { label: 'FTSO', protocolId: protocolIds.ftso, fields: expect.ftso },
          { label: 'FDC', protocolId: protocolIds.fdc, fields: expect.fdc },
        ]
      : [{ label: 'fields', protocolId: expect.protocolId ?? protocolIds.ftso, fields: expect }]
  return [
    ...byProtocol.map(({ label, protocolId, fields }) => ({
      name: `${name}: ${label}`,
      published: fields,
      ours: () => fieldsOf(calldata, protocolId, fields),
    })),
    {
      name: `${name}: built again`,
      published: calldata,
      ours: () => {
        const submission = readSubmission(calldata)
        return submission && submissionCalldata(submission.method, submission.frames)
      },
    },
  ]
}

/** What two of the transactions say of one another, or another file of them. */
function pairCases({ cases }: Published): readonly VectorCase[] {
  const calldataOf = (words: string) =>
    cases.find(({ name }) => name.startsWith(words))?.calldata ?? '0x'
  return [
    {
      name: 'the reveal of round 812576 hashes to its commit',
      published: frameOf(calldataOf('submit1 flare round 812576'), protocolIds.ftso).payload,
      ours: () => {
        const reveal = frameOf(calldataOf('submit2 flare round 812576'), protocolIds.ftso)
        const feedCount = (reveal.payload.length - 2) / 8 - 8
        const decoded = decodeReveal(reveal.payload, feedCount)
        return commitHash({ submitAddress, votingRoundId: reveal.votingRoundId, ...decoded })
      },
    },
    {
      name: 'the signature of round 812662 is of a voter, under the digest before Relay v2',
      published: signerOf812662,
      ours: () => {
        const { payload } = frameOf(calldataOf('submitSignatures flare'), protocolIds.ftso)
        const read = readSubmitSignatures(payload)
        if (read?.type !== 0) return undefined
        const digest = messageDigest('legacy', read.message, networks.flare.chainId)
        return recoverSigner(digest, read.signature)
      },
    },
  ]
}
