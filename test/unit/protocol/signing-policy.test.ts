import fc from 'fast-check'
import { bytesToHex, type Hex, hexToBytes, size } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  encodeSigningPolicy,
  readSigningPolicy,
  type SigningPolicy,
  type SigningPolicyEvent,
  signingPolicyLength,
  signingPolicyOfEvent,
  totalWeightOf,
} from '../../../src/protocol/signing-policy.ts'

// A policy that was installed in the real Relay, published by flare-system-client,
// client/epoch/policy_hash_vectors_test.go.
const seed = '0000000000000000000000000000000000000000000000000000000000001234'
const published: Hex = `0x${[
  '0005', // voters
  '000001', // reward epoch
  '00000d20', // first round
  '0104', // threshold
  seed,
  '1eff47bc3a10a45d4b230b5d10e37751fe6aa718',
  '0064', // weight of the first
  '2b5ad5c4795c026514f8317c7a215e218dccd6cf',
  '0064',
  '6813eb9362372eef6200f3b1dbc3f819671cba69',
  '0064',
  '7e5f4552091a69125d5dfcb7b8c2659029395bdf',
  '0064',
  'e1ab8145f7e55dc933d51a18c793f901a3a0b276',
  '0064',
].join('')}`

const policy: SigningPolicy = {
  rewardEpochId: 1,
  startVotingRoundId: 3_360,
  threshold: 260,
  seed: `0x${seed}`,
  voters: [
    { address: '0x1eff47bc3a10a45d4b230b5d10e37751fe6aa718', weight: 100 },
    { address: '0x2b5ad5c4795c026514f8317c7a215e218dccd6cf', weight: 100 },
    { address: '0x6813eb9362372eef6200f3b1dbc3f819671cba69', weight: 100 },
    { address: '0x7e5f4552091a69125d5dfcb7b8c2659029395bdf', weight: 100 },
    { address: '0xe1ab8145f7e55dc933d51a18c793f901a3a0b276', weight: 100 },
  ],
}

const event: SigningPolicyEvent = {
  rewardEpochId: 1,
  startVotingRoundId: 3_360,
  threshold: 260,
  seed: 0x1234n,
  // Checksummed, as viem gives addresses.
  voters: [
    '0x1efF47bc3a10a45D4B230B5d10E37751FE6AA718',
    '0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF',
    '0x6813Eb9362372EEF6200f3b1dbC3f819671cBA69',
    '0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf',
    '0xe1AB8145F7E55DC933d51a18c793F901A3A0b276',
  ],
  weights: [100, 100, 100, 100, 100],
  signingPolicyBytes: published,
}

const bytesOf = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => bytesToHex(bytes))

const arbitrary: fc.Arbitrary<SigningPolicy> = fc.record({
  rewardEpochId: fc.nat(0xff_ff_ff),
  startVotingRoundId: fc.nat(0xff_ff_ff_ff),
  threshold: fc.nat(0xff_ff),
  seed: bytesOf(32),
  voters: fc.array(fc.record({ address: bytesOf(20), weight: fc.nat(600) }), { maxLength: 100 }),
})

describe('encodeSigningPolicy', () => {
  test('is as the Relay has it', () => {
    expect(encodeSigningPolicy(policy)).toBe(published)
    expect(size(published)).toBe(43 + 22 * 5)
  })

  test('addresses go in lower case', () => {
    const [first] = policy.voters
    const voters = [{ weight: 1, ...first, address: event.voters[0] ?? '0x' }]
    expect(encodeSigningPolicy({ ...policy, voters })).toMatch(/^[0-9a-fx]+$/)
  })

  test.each<{ why: string; differing: Partial<SigningPolicy>; code: string }>([
    { why: 'a reward epoch of four bytes', differing: { rewardEpochId: 2 ** 24 }, code: 'value' },
    { why: 'half a round', differing: { startVotingRoundId: 1.5 }, code: 'value' },
    { why: 'a threshold of three bytes', differing: { threshold: 2 ** 16 }, code: 'value' },
    { why: 'a short seed', differing: { seed: '0x12' }, code: 'malformed' },
    {
      why: 'a short address',
      differing: { voters: [{ address: '0x12', weight: 1 }] },
      code: 'malformed',
    },
    {
      why: 'a weight of three bytes',
      differing: { voters: [{ address: `0x${'12'.repeat(20)}`, weight: 2 ** 16 }] },
      code: 'value',
    },
  ])('refuses $why', ({ differing, code }) => {
    expect(() => encodeSigningPolicy({ ...policy, ...differing })).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: expect.stringContaining(code) }),
    )
  })
})

describe('readSigningPolicy', () => {
  test('reads what the Relay has', () => {
    expect(readSigningPolicy(published)).toEqual(policy)
  })

  test.each<{ why: string; bytes: Hex }>([
    { why: 'nothing', bytes: '0x' },
    { why: 'a byte less', bytes: `0x${published.slice(2, -2)}` },
    { why: 'a byte more', bytes: `${published}00` },
    { why: 'half a byte', bytes: `${published}0` },
    { why: 'a header alone that promises voters', bytes: `0x${published.slice(2, 2 + 86)}` },
  ])('skips $why', ({ bytes }) => {
    expect(readSigningPolicy(bytes)).toBeUndefined()
  })

  test('a policy without voters is one', () => {
    expect(readSigningPolicy(`0x0000${'00'.repeat(41)}`)?.voters).toEqual([])
  })

  test.each([
    { weights: [0x80_00, 0x7f_ff], isRead: true },
    { weights: [0x80_00, 0x80_00], isRead: false },
  ])('whether voters of the weights $weights are read: $isRead', ({ weights, isRead }) => {
    const voters = weights.map((weight) => ({ address: `0x${'12'.repeat(20)}` as const, weight }))
    const bytes = encodeSigningPolicy({ ...policy, voters })
    expect(readSigningPolicy(bytes)?.voters).toEqual(isRead ? voters : undefined)
  })

  test('property: is the inverse of encoding', () => {
    fc.assert(
      fc.property(arbitrary, (each) => {
        expect(readSigningPolicy(encodeSigningPolicy(each))).toEqual(each)
      }),
    )
  })

  test('property: no bytes throw', () => {
    fc.assert(
      fc.property(fc.nat(3), fc.uint8Array({ maxLength: 120 }), (voters, bytes) => {
        const read = readSigningPolicy(bytesToHex(Uint8Array.from([0, voters, ...bytes])))
        if (bytes.length !== 41 + 22 * voters) expect(read).toBeUndefined()
      }),
    )
  })
})

test.each<{ behind: string; length: number | undefined }>([
  { behind: '', length: 153 },
  { behind: 'ff'.repeat(38), length: 153 },
])('the length of the policy is found with "$behind" behind it', ({ behind, length }) => {
  expect(signingPolicyLength(hexToBytes(`${published}${behind}` as Hex))).toBe(length)
})

test('too few bytes have no policy at their beginning', () => {
  expect(signingPolicyLength(hexToBytes(`0x${published.slice(2, -2)}`))).toBeUndefined()
  expect(signingPolicyLength(Uint8Array.of(0))).toBeUndefined()
})

describe('signingPolicyOfEvent', () => {
  test('is what fields and bytes both say', () => {
    expect(signingPolicyOfEvent(event)).toEqual(policy)
    expect(totalWeightOf(signingPolicyOfEvent(event).voters)).toBe(500)
  })

  test.each<{ why: string; differing: Partial<SigningPolicyEvent> }>([
    { why: 'another threshold', differing: { threshold: 261 } },
    { why: 'another seed', differing: { seed: 0x1235n } },
    { why: 'a weight too few', differing: { weights: [100, 100, 100, 100] } },
    { why: 'a weight too many', differing: { weights: [100, 100, 100, 100, 100, 0] } },
    { why: 'other bytes', differing: { signingPolicyBytes: '0x' } },
  ])('refuses $why', ({ differing }) => {
    expect(() => signingPolicyOfEvent({ ...event, ...differing })).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'malformed-payload' }),
    )
  })
})
