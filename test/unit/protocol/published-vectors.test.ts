/** Real transactions and published lists, against which the encodings of the house are held. */

import { concatHex, type Hex, hexToBigInt, hexToNumber, sliceHex } from 'viem'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { commitHash, decodeReveal, encodeReveal } from '../../../src/protocol/commit.ts'
import { feedId, feedSymbol } from '../../../src/protocol/feed.ts'
import { canonicalFeedOrder } from '../../../src/protocol/feed-order.ts'
import { decodeFeedValues, encodeFeedValues } from '../../../src/protocol/feed-values.ts'
import { decodeFrames, encodeFrame, protocolIds } from '../../../src/protocol/payload.ts'
import { readSubmission, submissionCalldata } from '../../../src/protocol/submission.ts'
import { publishedVectors, vectorsAreHere } from '../../support/published-vectors.ts'

const hex = z.templateLiteral(['0x', z.string().regex(/^[0-9a-fA-F]*$/)])
const bigint = z.string().transform(BigInt)

const commitsSchema = z.object({
  cases: z.array(
    z.object({
      submitAddress: hex,
      votingRoundId: z.int(),
      random: bigint,
      feedValues: hex,
      expectedCommitHash: hex,
    }),
  ),
})

const signatureSchema = z.object({
  votingRoundId: z.int().optional(),
  payloadLength: z.int(),
  type: z.int(),
  v: hex,
  r: hex,
  s: hex,
})

const calldataSchema = z.object({
  cases: z.array(
    z.object({
      name: z.string(),
      calldata: hex,
      expect: z.union([
        z.object({
          protocolId: z.int(),
          votingRoundId: z.int(),
          payloadLength: z.int(),
          commitHash: hex.optional(),
          random: bigint.optional(),
          values: z.array(z.int()).optional(),
          merkleRoot: hex.optional(),
        }),
        z.object({
          ftso: signatureSchema.extend({ merkleRoot: hex }),
          fdc: signatureSchema.extend({ unsignedMessage: hex }),
        }),
      ]),
    }),
  ),
  framing: z.array(
    z.object({ protocolId: z.int(), votingRoundId: z.int(), payload: hex, expect: hex }),
  ),
  malformed: z.array(z.object({ why: z.string(), calldata: hex })),
})

const feedsSchema = z.array(z.object({ feed_name: z.string(), feed_id: hex }))

/** A random as the bytes that it is on chain. */
function bytes32(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}

if (vectorsAreHere) {
  describe('commits of Flare', commitsOfFlare)
  describe('calldata of real transactions', calldataOfTransactions)
  describe('the published list of feeds', listOfFeeds)
} else {
  console.warn('../shared/vectors is not here: published vectors are tested by literals alone.')

  test('the folder of published vectors is not here, and literals stand in other tests', () => {
    expect(() => publishedVectors('01-commit-reveal-flare.json', commitsSchema)).toThrow('ENOENT')
  })
}

function commitsOfFlare(): void {
  const { cases } = publishedVectors('01-commit-reveal-flare.json', commitsSchema)

  test('there are two', () => {
    expect(cases.map(({ votingRoundId }) => votingRoundId)).toEqual([812_576, 812_843])
  })

  test.each(cases)('round $votingRoundId hashes as on chain', (published) => {
    const reveal = { random: bytes32(published.random), feedValues: published.feedValues }
    const { submitAddress, votingRoundId } = published
    expect(commitHash({ submitAddress, votingRoundId, ...reveal })).toBe(
      published.expectedCommitHash,
    )
    expect(decodeReveal(encodeReveal(reveal), 50)).toEqual(reveal)
  })

  test.each(cases)('the vector of round $votingRoundId is encoded again to its bytes', (each) => {
    const feeds = decodeFeedValues(each.feedValues, Array<number>(50).fill(5))
    const entries = feeds.map((feed) => ({ price: feed?.price ?? Number.NaN, decimals: 5 }))
    expect(encodeFeedValues(entries).values).toBe(each.feedValues)
  })
}

function calldataOfTransactions(): void {
  const { cases, framing, malformed } = publishedVectors(
    '02-submission-calldata.json',
    calldataSchema,
  )

  function frameOf(calldata: Hex, protocolId: number) {
    const frame = readSubmission(calldata)?.frames.find((each) => each.protocolId === protocolId)
    if (frame === undefined) throw new Error('The published calldata has no such frame.')
    return frame
  }

  test.each(cases)('$name: is read and built again', ({ calldata }) => {
    const submission = readSubmission(calldata)
    expect(submission && submissionCalldata(submission.method, submission.frames)).toBe(calldata)
  })

  test('the method is told by the selector', () => {
    expect(cases.map(({ calldata }) => readSubmission(calldata)?.method)).toEqual([
      'submit1',
      'submit2',
      'submitSignatures',
      'submitSignatures',
      'submit1',
    ])
  })

  test.each(cases)('$name: has the published fields', ({ calldata, expect: published }) => {
    if ('ftso' in published) {
      const ftso = frameOf(calldata, protocolIds.ftso)
      const fdc = frameOf(calldata, protocolIds.fdc)
      expect(ftso.votingRoundId).toBe(published.ftso.votingRoundId)
      expect(ftso.payload).toHaveLength(2 + 2 * published.ftso.payloadLength)
      expect(fdc.payload).toHaveLength(2 + 2 * published.fdc.payloadLength)
      expect(ftso.payload).toBe(
        concatHex([
          '0x00', // type
          sliceHex(ftso.payload, 1, 7), // protocol, round and security of the message
          published.ftso.merkleRoot,
          published.ftso.v,
          published.ftso.r,
          published.ftso.s,
        ]),
      )
      expect(fdc.payload).toBe(
        concatHex([
          '0x01', // type
          published.fdc.v,
          published.fdc.r,
          published.fdc.s,
          published.fdc.unsignedMessage,
        ]),
      )
      return
    }
    const frame = frameOf(calldata, published.protocolId)
    expect(frame.votingRoundId).toBe(published.votingRoundId)
    expect(frame.payload).toHaveLength(2 + 2 * published.payloadLength)
    if (published.commitHash !== undefined) expect(frame.payload).toBe(published.commitHash)
    if (published.merkleRoot !== undefined) {
      expect(hexToNumber(sliceHex(frame.payload, 0, 1))).toBe(0)
      expect(sliceHex(frame.payload, 7, 39)).toBe(published.merkleRoot)
    }
    if (published.random !== undefined && published.values !== undefined) {
      const reveal = decodeReveal(frame.payload, published.values.length)
      expect(hexToBigInt(reveal.random)).toBe(published.random)
      const decoded = decodeFeedValues(
        reveal.feedValues,
        published.values.map(() => 5),
      )
      expect(decoded.map((feed) => feed?.value)).toEqual(published.values)
    }
  })

  test('the reveal of round 812576 hashes to its commit', () => {
    const [commit, reveal] = cases.map(({ calldata }) => calldata)
    const revealed = decodeReveal(frameOf(reveal ?? '0x', protocolIds.ftso).payload, 50)
    expect(
      commitHash({
        submitAddress: '0xc4a19715F3Dd209F01E84ABe65De7c2E9C8b6269',
        votingRoundId: 812_576,
        ...revealed,
      }),
    ).toBe(frameOf(commit ?? '0x', protocolIds.ftso).payload)
  })

  test.each(framing)('the frame $expect', ({ expect: bytes, ...frame }) => {
    expect(encodeFrame(frame)).toBe(bytes)
    expect(decodeFrames(bytes)).toEqual([frame])
  })

  test.each(malformed)('is nothing where it is malformed: $why', ({ calldata }) => {
    expect(readSubmission(calldata)).toBeUndefined()
  })
}

function listOfFeeds(): void {
  const feeds = publishedVectors('13-feeds-developer-hub.json', feedsSchema)

  // The order in the vectors of Flare's reward epoch 392.
  const order =
    'AAVE ADA ALGO APT ARB ATOM AVAX BCH BERA BNB BONK BTC DOGE DOT ENA ETC ETH ETHFI FET FIL FLR ' +
    'HBAR HNT HYPE ICP JUP LEO LINK LTC MON NEAR NIGHT NOT ONDO OP PAXG PENGU PEPE POL PUMP PYTH ' +
    'QNT RENDER RUNE S SGB SHIB SOL SUI TAO TON TRUMP TRX UNI USDC USDS USDT USDX WIF XDC XLM XPL XRP'

  test('has 63 feeds, each with the id that its name makes', () => {
    expect(feeds).toHaveLength(63)
    for (const feed of feeds) {
      expect(feedId({ symbol: feedSymbol(feed.feed_name), category: 1 })).toBe(feed.feed_id)
    }
  })

  test('as one offer it stands in the order of reward epoch 392', () => {
    const inflation = [
      {
        feedIds: concatHex(feeds.map((feed) => feed.feed_id)),
        decimals: `0x${'05'.repeat(feeds.length)}` as const,
      },
    ]
    expect(canonicalFeedOrder({ inflation, community: [] }).map(({ id }) => id)).toEqual(
      order.split(' ').map((base) => feedId({ symbol: feedSymbol(base), category: 1 })),
    )
  })
}
