import { type Address, encodeAbiParameters, type Hex, keccak256, toFunctionSelector } from 'viem'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { leafAbis } from '../../../signer-bridge/protocol-provider/leaf-abis.ts'
import {
  dataVerdict,
  messageVerdict,
} from '../../../signer-bridge/protocol-provider/result-answers.ts'
import {
  dataBody,
  feedBody,
  finalizationDataOf,
  mediansBody,
} from '../../../signer-bridge/protocol-provider/results.ts'
import {
  dataAnswerSchema,
  feedAnswerSchema,
  mediansAnswerSchema,
} from '../../../signer-bridge/protocol-provider/schemas.ts'
import { signersOf } from '../../../signer-bridge/protocol-provider/signers.ts'
import type { Moment } from '../../../signer-bridge/timeline.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { feedLeaf, randomLeaf } from '../../../src/protocol/leaves.ts'
import { merkleTreeOf, provesLeaf } from '../../../src/protocol/merkle-tree.ts'
import { networks } from '../../../src/protocol/networks.ts'
import type { RoundResult } from '../../../src/protocol/round-result.ts'
import { publishedVectors, vectorsAreHere } from '../../support/published-vectors.ts'
import { aResult } from '../../support/protocol-provider.ts'

const { schedule } = networks.flare
const round = 1_000

type AbiParameter = {
  readonly name: string
  readonly type: string
  readonly components?: readonly AbiParameter[]
}
const abiParameterSchema: z.ZodType<AbiParameter> = z.lazy(() =>
  z.object({
    name: z.string(),
    type: z.string(),
    components: z.array(abiParameterSchema).exactOptional(),
  }),
)

/** Blocks up to this second after the start of the round have been seen. */
function at(sec: number): Moment {
  const wallMs = votingRoundStartMs(schedule, round) + sec * 1_000
  const head = { number: 1, timestampSec: Math.floor(wallMs / 1_000), baseFeeWei: 1n }
  return { wallMs, isClockTrusted: true, sinceHeadMs: 0, head }
}

describe('messageVerdict', () => {
  const result = aResult(round)
  const fresh = {
    votingRoundId: round,
    isReserved: false,
    isArmed: true,
    confirmation: 'confirmed',
  } as const
  const bound = { message: result.message }

  test('a result is bound, then reserved, then told', () => {
    const verdict = (known: Parameters<typeof messageVerdict>[1]) =>
      messageVerdict(schedule, known, result, at(136))
    expect(verdict(fresh)).toEqual({ kind: 'bind', result })
    expect(verdict({ ...fresh, bound })).toEqual({ kind: 'reserve', message: result.message })
    expect(verdict({ ...fresh, bound, isReserved: true })).toEqual({
      kind: 'answer',
      message: result.message,
    })
  })

  test('what a round is bound to stands, whatever its blocks say later', () => {
    const later = aResult(round, 77n)
    expect(later.message).not.toBe(result.message)
    const known = { ...fresh, bound, isReserved: true }
    expect(messageVerdict(schedule, known, later, at(140))).toEqual({
      kind: 'answer',
      message: result.message,
    })
  })

  test.each([
    { outcome: { kind: 'not-yet' }, says: 'wait' },
    {
      outcome: { kind: 'incomplete', isRewardEpochMissing: false, missingRounds: [1] },
      says: 'wait',
    },
    { outcome: { kind: 'no-result', reason: 'no-valid-reveal' }, says: 'never' },
  ] as const)('$outcome.kind is $says', ({ outcome, says }) => {
    expect(messageVerdict(schedule, fresh, outcome, at(140)).kind).toBe(says)
  })

  test('a round that can no longer become final is not bound any more', () => {
    expect(messageVerdict(schedule, fresh, result, at(179)).kind).toBe('bind')
    expect(messageVerdict(schedule, fresh, result, at(180)).kind).toBe('never')
    expect(messageVerdict(schedule, { ...fresh, bound }, result, at(180)).kind).toBe('never')
  })

  test('before it is known what was said with our keys no new root is bound, and a bound one told', () => {
    const unarmed = { ...fresh, isArmed: false }
    expect(messageVerdict(schedule, unarmed, result, at(140)).kind).toBe('wait')
    const known = { ...unarmed, bound, isReserved: true }
    expect(messageVerdict(schedule, known, result, at(140)).kind).toBe('answer')
  })

  test('a result that no other node has confirmed is bound with a third of the grace period left', () => {
    const awaited = { ...fresh, confirmation: 'awaited' } as const
    expect(messageVerdict(schedule, awaited, result, at(144)).kind).toBe('wait')
    expect(messageVerdict(schedule, awaited, result, at(145))).toEqual({
      kind: 'bind',
      result,
      isUnconfirmed: true,
    })
    const known = { ...awaited, bound, isReserved: true }
    expect(messageVerdict(schedule, known, result, at(136)).kind).toBe('answer')
  })

  test('a result that nodes differ about is never bound', () => {
    const contradicted = { ...fresh, confirmation: 'contradicted' } as const
    expect(messageVerdict(schedule, contradicted, result, at(179)).kind).toBe('wait')
  })

  test('a root that was refused for ever is not told', () => {
    const refused = { ...fresh, bound: { ...bound, refusedAs: 'digest-differs' }, isReserved: true }
    expect(messageVerdict(schedule, refused, result, at(140)).kind).toBe('never')
  })
})

test('data is too early up to a second after the reveal deadline, then there or not', () => {
  const verdict = (sec: number) => dataVerdict(schedule, round, { kind: 'not-yet' }, at(sec)).kind
  expect([135, 136].map(verdict)).toEqual(['too-early', 'not-available'])
  expect(dataVerdict(schedule, 0, { kind: 'not-yet' }, at(0)).kind).toBe('not-available')
  expect(dataVerdict(schedule, round, aResult(round), at(136)).kind).toBe('answer')
})

describe('bodies', () => {
  const result = aResult(round)

  test('are as their schemas say, down to the last field', () => {
    const [feed] = result.feeds
    if (feed === undefined) throw new Error('The result has feeds.')
    expect(dataAnswerSchema.parse(dataBody(result))).toEqual(dataBody(result))
    expect(mediansAnswerSchema.parse(mediansBody(result, 9n))).toEqual(mediansBody(result, 9n))
    const body = feedBody(result, feed.id)
    expect(feedAnswerSchema.parse(body)).toEqual(body)
  })

  test('a feed comes with a proof that leads from its leaf to the root', () => {
    for (const { id, leaf } of result.feeds) {
      const body = feedBody(result, id)
      expect(body?.feedWithProof.body).toMatchObject({ votingRoundId: round, id })
      expect(provesLeaf(body?.feedWithProof.proof ?? [], leaf, result.tree.root)).toBe(true)
    }
    expect(feedBody(result, `0x${'00'.repeat(21)}`)).toBeUndefined()
  })

  test('a feed that nobody voted for is a leaf with 0, and its median is empty', () => {
    const [empty] = mediansBody(result, undefined).medianData.slice(-1)
    expect(empty?.data).toEqual({
      finalMedian: { isEmpty: true, value: 0, decimals: 2 },
      quartile1: { isEmpty: true, value: 0, decimals: 2 },
      quartile3: { isEmpty: true, value: 0, decimals: 2 },
      participatingWeight: '0',
    })
    expect(dataBody(result).tree.at(-1)).toMatchObject({ value: 0, turnoutBIPS: 0 })
  })

  test('what Relay v2 wants is the random in 32 bytes and the nodes of its proof', () => {
    const small = aResult(round, 3n)
    const word = `0x${'0'.repeat(63)}3`
    expect(finalizationDataOf(small)).toBe(
      word + small.randomProof.map((node) => node.slice(2)).join(''),
    )
    expect(dataBody(small).tree[0]).toEqual({ votingRoundId: round, value: word, isSecure: true })
  })
})

if (vectorsAreHere) {
  test('the published answer of a real round is ours, field by field', aPublishedAnswer)
} else {
  test('the published vectors are not here, and rounds of our own stand in', () => {
    expect(() => publishedVectors('03-anchor-tree-785250.json', z.unknown())).toThrow('ENOENT')
  })
}

function aPublishedAnswer(): void {
  const hex = z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]*$/)])
  const published = publishedVectors(
    '03-anchor-tree-785250.json',
    z.looseObject({ votingRoundId: z.int(), merkleRoot: hex, tree: z.array(z.looseObject({})) }),
  )
  const [random, ...feeds] = published.tree
  const read = z.object({ value: hex, isSecure: z.boolean() }).parse(random)
  const feedSchema = z.object({
    id: hex,
    value: z.int(),
    turnoutBIPS: z.int(),
    decimals: z.int(),
  })
  const medians = z
    .array(feedSchema)
    .parse(feeds)
    .map(({ turnoutBIPS, ...feed }) => ({ ...feed, turnoutBips: turnoutBIPS }))
  const { votingRoundId } = published
  const leaves = medians.map((feed) => feedLeaf(votingRoundId, feed))
  const value = { value: BigInt(read.value), isSecure: read.isSecure }
  const result: RoundResult = {
    ...aResult(votingRoundId),
    random: value,
    feeds: medians.map((feed, i) => ({
      ...feed,
      participatingWeight: 1n,
      leaf: leafAt(leaves, i),
    })),
    tree: merkleTreeOf([randomLeaf(votingRoundId, value), ...leaves]),
  }
  const { status, protocolId, merkleRoot, isSecureRandom, tree } = published
  const expected = { status, protocolId, votingRoundId, merkleRoot, isSecureRandom, tree }
  expect(dataBody(result)).toEqual(expected)
}

function leafAt(leaves: readonly Hex[], i: number): Hex {
  const leaf = leaves[i]
  if (leaf === undefined) throw new Error('Every feed has a leaf.')
  return leaf
}

describe('leafAbis', () => {
  /** As a stranger would use it: JSON, and no word of ours about its types. */
  const published = new Map(
    z
      .array(z.object({ abiName: z.string(), data: z.object({ abi: z.unknown() }) }))
      .parse(JSON.parse(JSON.stringify(leafAbis)))
      .map(({ abiName, data }) => [abiName, abiParameterSchema.parse(data.abi)]),
  )
  const leafBy = (name: string, body: unknown) =>
    keccak256(encodeAbiParameters([published.get(name) ?? { type: 'none' }], [body]))

  test('whoever follows them comes to our leaves', () => {
    const result = aResult(round)
    const [random, ...feeds] = dataBody(result).tree
    expect(leafBy('randomStruct', random)).toBe(randomLeaf(round, result.random))
    expect(feeds.map((feed) => leafBy('feedStruct', feed))).toEqual(
      result.feeds.map(({ leaf }) => leaf),
    )
  })

  test('their signatures are those of functions that would take them', () => {
    for (const { abiName, data } of leafAbis) {
      const inputs = [published.get(abiName) ?? { type: 'none' }]
      const abi = { type: 'function', name: abiName, inputs, outputs: [] } as const
      expect(toFunctionSelector({ ...abi, stateMutability: 'nonpayable' })).toBe(data.signature)
    }
  })
})

describe('signersOf', () => {
  const submitSignaturesAddress: Address = '0x2222222222222222222222222222222222222222'
  const signingPolicyAddress: Address = '0x3333333333333333333333333333333333333333'
  const identity: Address = '0x1111111111111111111111111111111111111111'
  const stranger = '0xABCDEFabcdefABCDEFabcdefABCDEFabcdefABCD'
  const voter = { identity, submitAddress: identity, submitSignaturesAddress, signingPolicyAddress }

  test('a sender of the policy stands for its voter', () => {
    expect(signersOf({ voters: [voter] }, submitSignaturesAddress)).toEqual({
      signer: signingPolicyAddress,
      sender: submitSignaturesAddress,
    })
  })

  test('a stranger stands for itself, and so does everybody before the epoch is known', () => {
    const itself = stranger.toLowerCase()
    expect(signersOf({ voters: [voter] }, stranger)).toEqual({ signer: itself, sender: itself })
    expect(signersOf(undefined, stranger)).toEqual({ signer: itself, sender: itself })
  })
})
