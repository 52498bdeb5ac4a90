import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  answerText,
  bridgeClockToleranceMs,
  bridgeHeaders,
  minBridgeSecretLength,
  requestText,
} from '../../../src/protocol/bridge-auth.ts'
import type { SignedRequest } from '../../../src/protocol/signed-request.ts'

/** SHA-256 of nothing: the body of a GET. */
const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** An ordinary request. */
function aRequest(differing: Partial<SignedRequest> = {}): SignedRequest {
  return {
    method: 'POST',
    path: '/bridge/v1/rounds/7/freeze',
    timeMs: 1_700_000_000_000,
    nonce: '00112233445566778899aabbccddeeff',
    bodySha256: emptySha256,
    ...differing,
  }
}

test('the headers, the tolerance and the length of the secret are what both sides expect', () => {
  expect(bridgeHeaders).toEqual({
    time: 'X-Chrono-Time',
    nonce: 'X-Chrono-Nonce',
    signature: 'X-Chrono-Signature',
  })
  expect(bridgeClockToleranceMs).toBe(30_000)
  expect(minBridgeSecretLength).toBe(32)
})

describe('requestText', () => {
  test('is one line for each thing that a request cannot change', () => {
    expect(requestText(aRequest())).toBe(
      [
        'chrono-bridge-request-v1',
        'POST',
        '/bridge/v1/rounds/7/freeze',
        '1700000000000',
        '00112233445566778899aabbccddeeff',
        emptySha256,
      ].join('\n'),
    )
  })

  test('does not depend on the case in which a method is written', () => {
    expect(requestText(aRequest({ method: 'post' }))).toBe(requestText(aRequest()))
  })

  test.each<{ what: string; differing: Partial<SignedRequest> }>([
    { what: 'method', differing: { method: 'GET' } },
    { what: 'path', differing: { path: '/bridge/v1/rounds/8/freeze' } },
    { what: 'query', differing: { path: '/bridge/v1/rounds/7/freeze?attended' } },
    { what: 'time', differing: { timeMs: 1_700_000_000_001 } },
    { what: 'nonce', differing: { nonce: '00112233445566778899aabbccddeef0' } },
    { what: 'body', differing: { bodySha256: emptySha256.replace('e3', 'e4') } },
  ])('another $what is another text', ({ differing }) => {
    expect(requestText(aRequest(differing))).not.toBe(requestText(aRequest()))
  })

  test('property: two requests have one text only if they are the same', () => {
    const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`))
    // What a header and a request line can hold: no line feed.
    const path = fc.stringMatching(/^\/[\x21-\x7e]{0,20}$/)
    const request = fc.record({
      method: fc.constantFrom('GET', 'POST'),
      path,
      timeMs: fc.nat(3),
      nonce: hex(2),
      bodySha256: hex(2),
    })
    fc.assert(
      fc.property(request, request, (one, other) => {
        expect(requestText(one) === requestText(other)).toBe(
          JSON.stringify(one) === JSON.stringify(other),
        )
      }),
    )
  })
})

describe('answerText', () => {
  const answer = { status: 200, nonce: aRequest().nonce, bodySha256: emptySha256 }

  test('binds the status and the body to the request’s nonce', () => {
    expect(answerText(answer)).toBe(
      ['chrono-bridge-answer-v1', '200', '00112233445566778899aabbccddeeff', emptySha256].join(
        '\n',
      ),
    )
  })

  test.each([
    { what: 'status', differing: { status: 409 } },
    { what: 'nonce', differing: { nonce: 'ff'.repeat(16) } },
    { what: 'body', differing: { bodySha256: 'ff'.repeat(32) } },
  ])('another $what is another text', ({ differing }) => {
    expect(answerText({ ...answer, ...differing })).not.toBe(answerText(answer))
  })

  test('can never be taken for a request’s', () => {
    expect(requestText(aRequest()).split('\n')[0]).not.toBe(answerText(answer).split('\n')[0])
  })
})
