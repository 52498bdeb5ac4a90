import fc from 'fast-check'
import { bytesToHex, concatHex, type Hex, size, sliceHex } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  decodeFrames,
  encodeFrame,
  type PayloadFrame,
  protocolIds,
} from '../../../src/protocol/payload.ts'

const frame: fc.Arbitrary<PayloadFrame> = fc.record({
  protocolId: fc.nat(0xff),
  votingRoundId: fc.nat(0xff_ff_ff_ff),
  payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => bytesToHex(bytes)),
})

test('prices are protocol 0x64 and the data connector is 0xc8', () => {
  expect(protocolIds).toEqual({ ftso: 0x64, fdc: 0xc8 })
})

describe('encodeFrame', () => {
  test('lays out protocol, round, length and payload', () => {
    expect(encodeFrame({ protocolId: 100, votingRoundId: 812_576, payload: '0x0102' })).toBe(
      '0x' +
        '64' + // protocol id
        '000c6620' + // voting round
        '0002' + // length of the payload
        '0102', // payload
    )
  })

  // Published by py-flare-common b91ee1d, tests/messaging/test_parse.py.
  test.each<PayloadFrame & { hex: Hex }>([
    { protocolId: 1, votingRoundId: 1, payload: '0x00', hex: '0x0100000001000100' },
    { protocolId: 255, votingRoundId: 256, payload: '0x110011', hex: '0xff000001000003110011' },
  ])('$hex is as published', ({ hex, ...published }) => {
    expect(encodeFrame(published)).toBe(hex)
    expect(decodeFrames(hex)).toEqual([published])
  })

  test.each([
    { bytes: 0, length: '0x0000' },
    { bytes: 255, length: '0x00ff' },
    { bytes: 256, length: '0x0100' },
    { bytes: 0xff_ff, length: '0xffff' },
  ])('a payload of $bytes bytes has the length $length and is read back', ({ bytes, length }) => {
    const long: PayloadFrame = {
      protocolId: 1,
      votingRoundId: 1,
      payload: `0x${'ab'.repeat(bytes)}`,
    }
    expect(sliceHex(encodeFrame(long), 5, 7)).toBe(length)
    expect(decodeFrames(encodeFrame(long))).toEqual([long])
  })

  test.each<{ why: string; differing: Partial<PayloadFrame>; code: string }>([
    { why: 'a protocol of two bytes', differing: { protocolId: 256 }, code: 'value-out-of-range' },
    {
      why: 'a round before the first',
      differing: { votingRoundId: -1 },
      code: 'value-out-of-range',
    },
    {
      why: 'a round of five bytes',
      differing: { votingRoundId: 2 ** 32 },
      code: 'value-out-of-range',
    },
    {
      why: 'a payload whose length needs three bytes',
      differing: { payload: `0x${'00'.repeat(0x1_00_00)}` },
      code: 'value-out-of-range',
    },
    { why: 'half a byte', differing: { payload: '0x0' }, code: 'malformed-payload' },
  ])('refuses $why', ({ differing, code }) => {
    expect(() =>
      encodeFrame({ protocolId: 1, votingRoundId: 1, payload: '0x', ...differing }),
    ).toThrow(expect.objectContaining({ name: 'ProtocolError', code }))
  })
})

describe('decodeFrames', () => {
  test('nothing holds no frame', () => {
    expect(decodeFrames('0x')).toEqual([])
  })

  test('reads the frames of two protocols behind one another', () => {
    expect(
      decodeFrames(
        concatHex([
          '0x64000c6620000101', // FTSO, one byte
          '0xc8000c66200000', // FDC, nothing
        ]),
      ),
    ).toEqual([
      { protocolId: 100, votingRoundId: 812_576, payload: '0x01' },
      { protocolId: 200, votingRoundId: 812_576, payload: '0x' },
    ])
  })

  test('one frame cut short spoils the message, and is named by its place', () => {
    expect(() => decodeFrames('0x64000c662000010164000c66200001')).toThrow(
      expect.objectContaining({
        code: 'malformed-payload',
        message: 'The frame at byte 8 is cut short.',
      }),
    )
  })

  test('property: is the inverse of encoding and concatenating', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 5 }), (frames) => {
        expect(decodeFrames(concatHex(frames.map(encodeFrame)))).toEqual(frames)
      }),
    )
  })

  test('property: a message that lost bytes at its end is refused or has whole frames only', () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 3 }), fc.nat(), (frames, seed) => {
        const message = concatHex(frames.map(encodeFrame))
        const end = seed % size(message)
        const ends = frames.map((_, i) => size(concatHex(frames.slice(0, i + 1).map(encodeFrame))))
        const whole = ends.indexOf(end)
        const cut = end === 0 ? '0x' : sliceHex(message, 0, end)
        if (end === 0 || whole >= 0) {
          expect(decodeFrames(cut)).toEqual(frames.slice(0, whole + 1))
        } else {
          expect(() => decodeFrames(cut)).toThrow(
            expect.objectContaining({ code: 'malformed-payload' }),
          )
        }
      }),
    )
  })
})
