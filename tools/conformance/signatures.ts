/** `12`: payloads and relay calldata, signed with a published test key that is worth nothing. */

import { type Hex, sliceHex } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { z } from 'zod'
import { lowerCase } from '../../src/protocol/address.ts'
import { messageDigest, messageHash } from '../../src/protocol/digests.ts'
import { networks } from '../../src/protocol/networks.ts'
import { decodeFrames, encodeFrame } from '../../src/protocol/payload.ts'
import { encodeProtocolMessage } from '../../src/protocol/protocol-message.ts'
import { relayCalldata } from '../../src/protocol/relay-calldata.ts'
import { recoverSigner, type Signature, signatureOfWallet } from '../../src/protocol/signatures.ts'
import {
  encodeSubmitSignatures,
  readSubmitSignatures,
} from '../../src/protocol/submit-signatures.ts'
import { hexSchema } from './fields.ts'
import type { VectorCase } from './vector-case.ts'

const schema = z.object({
  privateKey: hexSchema,
  message: hexSchema,
  additionalData: hexSchema,
  type0Payload: hexSchema,
  type1Payload: hexSchema,
  relayCalldata: hexSchema,
})
type Published = z.infer<typeof schema>

/** The vectors are of before Relay v2, where the chain id does not matter. */
const { chainId } = networks.flare

/** The calldata's stand-in for a policy is a single byte. */
const relayPolicyBytes = 1

/** Its message stands in no field of the file: protocol 1, round 1, secure, a root of ones. */
const relayedMessage = encodeProtocolMessage({
  protocolId: 1,
  votingRoundId: 1,
  isSecureRandom: true,
  merkleRoot: `0x${'ff'.repeat(32)}`,
})

export function signatureCases(json: unknown): readonly VectorCase[] {
  const published = schema.parse(json)
  const account = privateKeyToAccount(published.privateKey)
  return [
    ...payloadCases(published, account),
    {
      name: 'relay calldata, signed and encoded',
      published: published.relayCalldata,
      ours: async () =>
        relayCalldata({
          policyBytes: sliceHex(published.relayCalldata, 4, 4 + relayPolicyBytes),
          message: relayedMessage,
          signatures: [{ signature: await signed(account, relayedMessage), index: 0 }],
        }),
    },
  ]
}

function payloadCases(published: Published, account: PrivateKeyAccount): readonly VectorCase[] {
  const { message, additionalData: unsigned } = published
  const frame = { protocolId: 100, votingRoundId: 1 }
  return ([0, 1] as const).flatMap((type) => {
    const bytes = type === 0 ? published.type0Payload : published.type1Payload
    return [
      {
        name: `payload of type ${type}, signed and encoded`,
        published: bytes,
        ours: async () => {
          const signature = await signed(account, message)
          const payload = encodeSubmitSignatures(
            type === 0 ? { type, message, signature, unsigned } : { type, signature, unsigned },
          )
          return encodeFrame({ ...frame, payload })
        },
      },
      {
        name: `payload of type ${type}, read and its signer recovered`,
        published: { type, signer: lowerCase(account.address), unsigned },
        ours: () => signerOf(bytes, message),
      },
    ]
  })
}

async function signerOf(bytes: Hex, message: Hex) {
  const [frame] = decodeFrames(bytes)
  const read = frame && readSubmitSignatures(frame.payload)
  if (read === undefined) return undefined
  const digest = messageDigest('legacy', read.type === 0 ? read.message : message, chainId)
  const signer = await recoverSigner(digest, read.signature)
  return { type: read.type, signer, unsigned: read.unsigned }
}

async function signed(account: PrivateKeyAccount, message: Hex): Promise<Signature> {
  const raw = messageHash('legacy', message, chainId)
  return signatureOfWallet(await account.signMessage({ message: { raw } }))
}
