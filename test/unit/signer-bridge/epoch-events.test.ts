import {
  concatHex,
  encodeAbiParameters,
  type Hex,
  numberToHex,
  pad,
  parseAbiParameters,
} from 'viem'
import { describe, expect, test } from 'vitest'
import { epochEventOf, isDated, logSchema } from '../../../signer-bridge/chain/epoch-events.ts'
import { encodeSigningPolicy } from '../../../src/protocol/signing-policy.ts'

const address = (digit: string): Hex => `0x${digit.repeat(40)}`
const word = (value: number): Hex => numberToHex(value, { size: 32 })

/** As a node answers it, in block 10 as log 3. */
function aLog(topics: readonly Hex[], data: Hex) {
  return logSchema.parse({ blockNumber: '0xa', logIndex: '0x3', topics, data, removed: false })
}

function read(log: ReturnType<typeof aLog>) {
  const oddities: string[] = []
  const event = epochEventOf(log, 77, (reason) => void oddities.push(reason))
  return { event, oddities }
}

const undated = { blockNumber: 10, logIndex: 3, rewardEpochId: 452 }
const voter = {
  kind: 'voter',
  ...undated,
  identity: address('a'),
  signingPolicyAddress: address('b'),
  submitAddress: address('c'),
  submitSignaturesAddress: address('d'),
}

describe('a registration', () => {
  test('of today: a struct of the key, and the signature at the end', () => {
    const log = aLog(
      [
        '0xbfb6cd90b6e2668916d9e034926c84f40bcf94094b0d625ec8eecfdeb2150ae1',
        pad(address('a')),
        word(452),
        pad(address('b')),
      ],
      concatHex([
        pad(address('c')), // submitAddress
        pad(address('d')), // submitSignaturesAddress
        ...[1, 2].map(word), // publicKey
        word(3), // registrationWeight
        ...[27, 4, 5].map(word), // signature
      ]),
    )
    expect(read(log)).toEqual({ event: voter, oddities: [] })
    expect(isDated(log)).toBe(false)
  })

  test('from before reward epoch 417: both halves of the key as they are, and no signature', () => {
    const log = aLog(
      [
        '0x824bc2cc10bfe21ead60b8c8a90716eb325b9335aa73eaede799abf38fce062c',
        pad(address('a')),
        word(452),
        pad(address('b')),
      ],
      concatHex([pad(address('c')), pad(address('d')), ...[1, 2, 3].map(word)]),
    )
    expect(read(log)).toEqual({ event: voter, oddities: [] })
    expect(isDated(log)).toBe(false)
  })
})

test.each([
  '0xc49a5cabcc0776ace8cfd024e155bc303ee5e492b29d59f1ff7dbafa0b34a04b',
  '0x0ab8c10ef8cc6c5a591797917aba3b2688483b9ff7ab824f36b872a45b752e1f',
] as const)('a weight tells the capped delegation, by topic %s too', (topic) => {
  const types = parseAbiParameters('address, uint16, uint256, uint256, bytes20[], uint256[]')
  const capped = 10n ** 27n + 1n
  const data = encodeAbiParameters(types, [address('e'), 2_000, 2n * capped, capped, [], [7n]])
  const log = aLog([topic, pad(address('a')), word(452)], data)
  const weight = { kind: 'voter-weight', ...undated, identity: address('a') }
  expect(read(log)).toEqual({
    event: { ...weight, cappedDelegationWei: '1000000000000000000000000001' },
    oddities: [],
  })
})

describe('a policy', () => {
  const policy = {
    rewardEpochId: 452,
    startVotingRoundId: 1_518_720,
    threshold: 5,
    seed: word(9),
    voters: [
      { address: address('a'), weight: 7 },
      { address: address('b'), weight: 0 },
    ],
  } as const
  const types = parseAbiParameters('uint32, uint16, uint256, address[], uint16[], bytes, uint64')
  const logOf = (policyBytes: Hex) =>
    aLog(
      ['0x91d0280e969157fc6c5b8f952f237b03d934b18534dafcac839075bbc33522f8', word(452)],
      encodeAbiParameters(types, [
        policy.startVotingRoundId,
        policy.threshold,
        9n,
        policy.voters.map((each) => each.address),
        policy.voters.map(({ weight }) => weight),
        policyBytes,
        1n,
      ]),
    )
  const start = { kind: 'policy', ...undated, timestampSec: 77, startVotingRoundId: 1_518_720 }

  test('is told with its bytes', () => {
    const policyBytes = encodeSigningPolicy(policy)
    expect(isDated(logOf(policyBytes))).toBe(true)
    expect(read(logOf(policyBytes))).toEqual({ event: { ...start, policyBytes }, oddities: [] })
  })

  test('whose bytes are not what its fields say still says when it begins, which commits need', () => {
    const { event, oddities } = read(logOf(encodeSigningPolicy({ ...policy, threshold: 6 })))
    expect(event).toEqual(start)
    expect(oddities).toHaveLength(1)
  })
})

test.each([
  { name: 'data that are cut short', data: '0x01' as const },
  { name: 'no data', data: '0x' as const },
])('a log with $name is nothing, and said to be odd', ({ data }) => {
  const topic = '0x0b348981891869f97551a071f05fba72c5efadafb062152f1ef417a25264d69a'
  const { event, oddities } = read(aLog([topic, word(452)], data))
  expect(event).toBeUndefined()
  expect(oddities).toHaveLength(1)
})
