import { concatHex, type Hex, keccak256, sliceHex, toFunctionSelector } from 'viem'
import { describe, expect, test } from 'vitest'
import type { CallKind } from '../../../signer-bridge/call.ts'
import { digestsIn } from '../../../signer-bridge/call-digests.ts'
import { callRefusal, signaturesRefusal } from '../../../signer-bridge/call-policy.ts'
import type { RootRow } from '../../../signer-bridge/journal/roots.ts'
import { calldataOf, digestOf } from '../../../signer-bridge/vote.ts'
import type { PayloadFrame } from '../../../src/protocol/payload.ts'
import { encodeFrame } from '../../../src/protocol/payload.ts'
import { readSignature } from '../../../src/protocol/signatures.ts'
import { submissionCalldata, submissionSelectors } from '../../../src/protocol/submission.ts'
import { journalVote } from '../../support/bridge-journal.ts'

const bytes = (count: number): Hex => `0x${'ab'.repeat(count)}`
/** Canonical: of a low s. */
const signature = concatHex(['0x01', '0x1b', bytes(32), `0x${'11'.repeat(32)}`])

function aFrame(payload: Hex, differing: Partial<PayloadFrame> = {}): PayloadFrame {
  return { protocolId: 100, votingRoundId: 7, payload, ...differing }
}

const roleOf = {
  submit1: 'submit',
  submit2: 'submit',
  submitSignatures: 'submitSignatures',
} as const

function refusal(kind: CallKind, calldata: Hex) {
  return callRefusal(roleOf[kind], { kind, votingRoundId: 7 }, calldata)
}

describe('callRefusal', () => {
  test.each([
    { kind: 'submit1', payload: bytes(32) },
    { kind: 'submit2', payload: bytes(32) },
    { kind: 'submit2', payload: bytes(32 + 4 * 63) },
    { kind: 'submitSignatures', payload: signature },
  ] as const)('lets a $kind pass, alone and with another protocol’s frame', ({ kind, payload }) => {
    const other = aFrame(kind === 'submitSignatures' ? signature : '0x', { protocolId: 200 })
    expect(refusal(kind, submissionCalldata(kind, [aFrame(payload)]))).toBeUndefined()
    expect(refusal(kind, submissionCalldata(kind, [aFrame(payload), other]))).toBeUndefined()
  })

  test.each([
    { kind: 'submit1', frames: [aFrame(bytes(31))], says: /commit of 31 bytes/ },
    { kind: 'submit2', frames: [aFrame(bytes(28))], says: /reveal of 28 bytes/ },
    { kind: 'submit2', frames: [aFrame(bytes(35))], says: /reveal of 35 bytes/ },
    { kind: 'submitSignatures', frames: [aFrame(bytes(65))], says: /holds no signature/ },
    {
      kind: 'submit1',
      frames: [aFrame(bytes(32), { votingRoundId: 8 })],
      says: /of round 8, the call of 7/,
    },
    { kind: 'submit2', frames: [aFrame(bytes(9), { protocolId: 150 })], says: /Protocol 150/ },
    { kind: 'submit2', frames: [aFrame(bytes(4_500))], says: /too long/ },
  ] as const)('refuses a $kind: $says', ({ kind, frames, says }) => {
    expect(refusal(kind, submissionCalldata(kind, frames))).toMatch(says)
  })

  test.each([
    { name: 'another call', calldata: submissionCalldata('submit2', [aFrame(bytes(32))]) },
    {
      name: 'a submit3 with the same frame',
      calldata: concatHex([submissionSelectors.submit3, encodeFrame(aFrame(bytes(32)))]),
    },
    {
      name: 'a submitAndPass, which would call another contract,',
      calldata: concatHex([
        toFunctionSelector('submitAndPass(bytes)'),
        encodeFrame(aFrame(bytes(32))),
      ]),
    },
    { name: 'no call at all', calldata: '0x12345678' as const },
    { name: 'cut short', calldata: `${submissionSelectors.submit1}64` as const },
    { name: 'nothing said', calldata: submissionSelectors.submit1 },
    {
      name: 'one protocol twice',
      calldata: concatHex([
        submissionSelectors.submit1,
        encodeFrame(aFrame(bytes(32))),
        encodeFrame(aFrame(bytes(32))),
      ]),
    },
  ])('refuses $name in place of a submit1', ({ calldata }) => {
    expect(refusal('submit1', calldata)).toEqual(expect.any(String))
  })

  test('refuses a call of another role’s', () => {
    const calldata = submissionCalldata('submit1', [aFrame(bytes(32))])
    for (const role of ['identity', 'signingPolicy', 'submitSignatures'] as const) {
      expect(callRefusal(role, { kind: 'submit1', votingRoundId: 7 }, calldata)).toMatch(role)
    }
  })
})

describe('signaturesRefusal', () => {
  const made = readSignature(sliceHex(signature, 1))
  if (made === undefined) throw new Error('It is a signature.')
  const ours: RootRow = {
    protocolId: 100,
    votingRoundId: 7,
    rewardEpochId: 1,
    signer: bytes(20),
    sender: bytes(20),
    message: bytes(38),
    signed: { form: 'chain-bound', signature: made },
  }
  const theirs = { ...ours, protocolId: 200, unsigned: '0x03f1' } as const
  const tailed = concatHex([signature, '0x03f1'])
  const refused = (frames: readonly PayloadFrame[], rows: readonly RootRow[] = [ours, theirs]) =>
    signaturesRefusal('submitSignatures', submissionCalldata('submitSignatures', frames), (name) =>
      rows.find(
        (row) => row.protocolId === name.protocolId && row.votingRoundId === name.votingRoundId,
      ),
    )

  test('lets those pass that were made for the stored roots, with what stands behind them', () => {
    expect(refused([aFrame(signature), aFrame(tailed, { protocolId: 200 })])).toBeUndefined()
  })

  const another = concatHex(['0x01', '0x1c', bytes(32), `0x${'11'.repeat(32)}`])
  const { signed: _, ...unsignedRow } = ours
  test.each([
    { name: 'another signature', frames: [aFrame(another)], protocolId: 100 },
    { name: 'bytes behind a root that has none', frames: [aFrame(tailed)], protocolId: 100 },
    {
      name: 'other bytes behind it',
      frames: [aFrame(signature), aFrame(signature, { protocolId: 200 })],
      protocolId: 200,
    },
    {
      name: 'of another round',
      frames: [aFrame(signature, { votingRoundId: 8 })],
      protocolId: 100,
    },
    { name: 'no root', frames: [aFrame(signature)], rows: [], protocolId: 100 },
    {
      name: 'a root without a signature',
      frames: [aFrame(signature)],
      rows: [unsignedRow],
      protocolId: 100,
    },
  ])('refuses $name', ({ frames, rows, protocolId }) => {
    expect(refused(frames, rows)).toBe(
      `The signature of protocol ${protocolId} is not the one of its stored root.`,
    )
  })

  test('has nothing to say of commits and reveals', () => {
    const calldata = submissionCalldata('submit1', [aFrame(bytes(32))])
    expect(signaturesRefusal('submit1', calldata, () => undefined)).toBeUndefined()
  })
})

describe('digestsIn', () => {
  test.each(['submit1', 'submit2'] as const)(
    'of a vote’s %s is what the round is bound to',
    (kind) => {
      const digest = digestOf(journalVote, kind)
      expect(digestsIn(kind, calldataOf(journalVote, kind))).toEqual([{ protocolId: 100, digest }])
    },
  )

  test('has one for each protocol, and of signatures the whole calldata', () => {
    const fdc = aFrame('0xabcd', { protocolId: 200 })
    expect(digestsIn('submit1', submissionCalldata('submit1', [aFrame(bytes(32)), fdc]))).toEqual([
      { protocolId: 100, digest: bytes(32) },
      { protocolId: 200, digest: keccak256('0xabcd') },
    ])
    const calldata = submissionCalldata('submitSignatures', [aFrame(signature), fdc])
    const digest = keccak256(calldata)
    expect(digestsIn('submitSignatures', calldata)).toEqual([
      { protocolId: 100, digest },
      { protocolId: 200, digest },
    ])
  })
})
