import fc from 'fast-check'
import { bytesToHex, type Hex, size, toFunctionSelector } from 'viem'
import { describe, expect, test } from 'vitest'
import { commitHash, decodeReveal, encodeReveal } from '../../../src/protocol/commit.ts'
import { encodeFeedValues } from '../../../src/protocol/feed-values.ts'
import {
  readSubmission,
  submissionCalldata,
  type SubmissionMethod,
  submissionSelectors,
} from '../../../src/protocol/submission.ts'

const round = 812_576
const commit: Hex = '0x05a93355a28127ff0ca2d8136648c1fd682e0041f8367ba4567586b3d4149d54'

describe('submissionSelectors', () => {
  test('are those of the deployed contract', () => {
    expect(submissionSelectors).toEqual({
      submit1: '0x6c532fae',
      submit2: '0x9d00c9fd',
      submit3: '0xe1b157e7',
      submitSignatures: '0x57eed580',
    })
  })

  test('are the hashes of their names', () => {
    for (const [name, selector] of Object.entries(submissionSelectors)) {
      expect(toFunctionSelector(`${name}()`)).toBe(selector)
    }
  })
})

describe('submissionCalldata', () => {
  test('a commit is 43 bytes: selector, header, hash', () => {
    const calldata = submissionCalldata('submit1', [
      { protocolId: 100, votingRoundId: round, payload: commit },
    ])
    expect(calldata).toBe(
      '0x' +
        '6c532fae' + // submit1()
        '64' + // FTSO
        '000c6620' + // round 812576
        '0020' + // 32 bytes
        '05a93355a28127ff0ca2d8136648c1fd682e0041f8367ba4567586b3d4149d54', // commit
    )
    expect(size(calldata)).toBe(43)
  })

  test('a reveal of 63 feeds is 295 bytes', () => {
    const { values } = encodeFeedValues(
      Array.from({ length: 63 }, () => ({ price: 1, decimals: 5 })),
    )
    const payload = encodeReveal({ random: commit, feedValues: values })
    expect(
      size(submissionCalldata('submit2', [{ protocolId: 100, votingRoundId: round, payload }])),
    ).toBe(295)
  })

  test('carries what all protocols of an entity have to say, in the order given', () => {
    expect(
      submissionCalldata('submit2', [
        { protocolId: 100, votingRoundId: 1, payload: '0x01' },
        { protocolId: 200, votingRoundId: 1, payload: '0x0203' },
      ]),
    ).toBe(
      '0x' +
        '9d00c9fd' + // submit2()
        '64000000010001' + // FTSO, round 1, one byte
        '01' +
        'c8000000010002' + // FDC, round 1, two bytes
        '0203',
    )
  })

  test('refuses two frames of one protocol, for readers would drop both', () => {
    const frames = [1, 2].map((votingRoundId) => ({
      protocolId: 100,
      votingRoundId,
      payload: commit,
    }))
    expect(() => submissionCalldata('submit1', frames)).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'protocol-repeated' }),
    )
  })

  test('refuses to say nothing', () => {
    expect(() => submissionCalldata('submit1', [])).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'value-out-of-range' }),
    )
  })
})

describe('readSubmission', () => {
  test('reads selectors and digits of either case', () => {
    expect(readSubmission('0x6C532FAE64000C66200001AB')).toEqual({
      method: 'submit1',
      frames: [{ protocolId: 100, votingRoundId: round, payload: '0xab' }],
    })
  })

  test('a bare selector is a submission that says nothing', () => {
    expect(readSubmission('0x57eed580')).toEqual({ method: 'submitSignatures', frames: [] })
  })

  test('hands over two frames of one protocol: which of them counts is not decided here', () => {
    const calldata: Hex = `0x6c532fae${'64000000010001aa'}${'64000000010001bb'}`
    expect(readSubmission(calldata)?.frames.map(({ payload }) => payload)).toEqual(['0xaa', '0xbb'])
  })

  test.each<{ why: string; calldata: Hex }>([
    { why: 'nothing', calldata: '0x' },
    { why: 'part of a selector', calldata: '0x6c532f' },
    { why: 'another call of the contract', calldata: '0x833bf6c064000000010001aa' },
    { why: 'a header cut short', calldata: '0x6c532fae64' },
    { why: 'a payload cut short', calldata: '0x6c532fae64000000010002aa' },
    { why: 'a byte too many', calldata: '0x6c532fae64000000010001aabb' },
    { why: 'half a byte', calldata: '0x6c532fae64000000010001aab' },
    { why: 'half a byte behind the selector', calldata: '0x6c532fae0' },
  ])('is nothing for $why', ({ calldata }) => {
    expect(readSubmission(calldata)).toBeUndefined()
  })

  test('property: gives back what was built', () => {
    const payload = fc.uint8Array({ maxLength: 60 }).map((bytes) => bytesToHex(bytes))
    const methods = fc.constantFrom<SubmissionMethod>(
      'submit1',
      'submit2',
      'submit3',
      'submitSignatures',
    )
    fc.assert(
      fc.property(
        methods,
        fc.uniqueArray(fc.record({ protocolId: fc.nat(255), votingRoundId: fc.nat(), payload }), {
          minLength: 1,
          maxLength: 4,
          selector: ({ protocolId }) => protocolId,
        }),
        (method, frames) => {
          expect(readSubmission(submissionCalldata(method, frames))).toEqual({ method, frames })
        },
      ),
    )
  })

  test('property: no bytes make it throw', () => {
    const start = fc.constantFrom(...Object.values(submissionSelectors))
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 40 }), (selector, rest) => {
        const calldata: Hex = `${selector}${bytesToHex(rest).slice(2)}`
        const bytesOfFrames = readSubmission(calldata)?.frames.reduce(
          (total, { payload }) => total + 7 + size(payload),
          0,
        )
        expect([undefined, rest.length]).toContain(bytesOfFrames)
      }),
    )
  })

  test('a reveal read back from calldata hashes to the commit that was sent', () => {
    const vote = {
      submitAddress: '0x00112233445566778899aabbccddeeff00112233',
      votingRoundId: 7,
      random: commit,
      feedValues: encodeFeedValues([{ price: 1.5, decimals: 2 }, { decimals: 2 }]).values,
    } as const
    const calldata = submissionCalldata('submit2', [
      { protocolId: 100, votingRoundId: 7, payload: encodeReveal(vote) },
    ])
    const [frame] = readSubmission(calldata)?.frames ?? []
    const revealed = decodeReveal(frame?.payload ?? '0x', 2)
    expect(revealed.feedValues).toBe('0x80000096')
    expect(commitHash({ submitAddress: vote.submitAddress, votingRoundId: 7, ...revealed })).toBe(
      commitHash(vote),
    )
  })
})
