import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import {
  addressSchema,
  freezeRequestSchema,
  frozenEntrySchema,
  frozenRoundSchema,
  hashSchema,
  leaseRequestSchema,
  leaseSchema,
  maxFeeds,
  maxReports,
  orderedFeedSchema,
  reportsAnswerSchema,
  reportsRequestSchema,
  reservationSchema,
  reservedSchema,
  submissionReportSchema,
  votingRoundIdSchema,
} from '../../../src/protocol/bridge-wire.ts'

const feed = { id: '0x01464c522f55534400000000000000000000000000', decimals: 6 }
const address = '0xc4a19715F3Dd209F01E84ABe65De7c2E9C8b6269'
const hash = `0x${'ab'.repeat(32)}`
const uuid = '0193b1c0-4f0e-4a5c-9d55-2f6f6a1f0c11'

const freeze = { fencing_token: 1, attended: false, feeds: [feed] }
const entry = { ...feed, price: 0.0185, confidence: 0.97 }
const frozen = { voting_round_id: 7, frozen_at: 1_700_000_000_000, entries: [entry] }
const reservation = {
  fencing_token: 1,
  signer: address,
  kind: 'commit',
  protocol_id: 100,
  voting_round_id: 7,
  digest: hash,
}
const report = {
  id: uuid,
  voting_round_id: 7,
  kind: 'submit1',
  status: 'confirmed',
  signer: address,
  at: 1_700_000_000_000,
  attempts: 1,
  tx_hash: hash,
  signature: `0x${'cd'.repeat(65)}`,
  block_number: 12,
  block_timestamp: 1_700_000_000,
  gas_used: 27_300,
  fee_wei: '525000000000000',
}

function takes(schema: z.ZodType, value: unknown): boolean {
  return schema.safeParse(value).success
}

test.each([
  { name: 'an identifier of a bridge', schema: leaseRequestSchema, value: { holder: 'bridge-1' } },
  { name: 'a lease', schema: leaseSchema, value: { fencing_token: 3, expires_at: 1 } },
  { name: 'a request to freeze', schema: freezeRequestSchema, value: freeze },
  { name: 'a frozen round', schema: frozenRoundSchema, value: frozen },
  { name: 'a reservation', schema: reservationSchema, value: reservation },
  { name: 'the answer to one', schema: reservedSchema, value: { reserved: true } },
  { name: 'a report', schema: submissionReportSchema, value: report },
  { name: 'reports', schema: reportsRequestSchema, value: { reports: [report] } },
  { name: 'what was acknowledged', schema: reportsAnswerSchema, value: { acknowledged: [uuid] } },
])('$name travels as it is, and nothing beside it', ({ schema, value }) => {
  expect(schema.parse(value)).toEqual(value)
  expect(takes(schema, { ...value, calldata: '0x00' })).toBe(false)
})

test.each([
  { name: 'a lease', schema: leaseSchema, value: { fencing_token: 3, expires_at: 1 } },
  { name: 'a request to freeze', schema: freezeRequestSchema, value: freeze },
  { name: 'a frozen round', schema: frozenRoundSchema, value: frozen },
  { name: 'a reservation', schema: reservationSchema, value: reservation },
])('$name is whole or refused', ({ schema, value }) => {
  for (const missing of Object.keys(value)) {
    const rest = Object.fromEntries(Object.entries(value).filter(([key]) => key !== missing))
    expect(takes(schema, rest), missing).toBe(false)
  }
})

describe('ordered feeds', () => {
  test.each([-128, 0, 127])('%d decimals fit in the chain’s signed byte', (decimals) => {
    expect(takes(orderedFeedSchema, { ...feed, decimals })).toBe(true)
  })

  test.each([-129, 128, 1.5, '6', null])('%s decimals do not', (decimals) => {
    expect(takes(orderedFeedSchema, { ...feed, decimals })).toBe(false)
  })

  test.each([
    { why: '20 bytes', id: feed.id.slice(0, -2) },
    { why: '22 bytes', id: `${feed.id}00` },
    { why: 'no prefix', id: feed.id.slice(2) },
    { why: 'capitals, of which two spellings would be two feeds', id: feed.id.replace('c', 'C') },
    { why: 'a symbol', id: 'FLR/USD' },
  ])('an id is 21 bytes in lower case, not $why', ({ id }) => {
    expect(takes(orderedFeedSchema, { ...feed, id })).toBe(false)
  })

  test('a vector has one feed at least and 256 at most', () => {
    const of = (count: number) => ({ ...freeze, feeds: Array(count).fill(feed) })
    expect(maxFeeds).toBe(256)
    expect([0, 1, 256, 257].map((count) => takes(freezeRequestSchema, of(count)))).toEqual([
      false,
      true,
      true,
      false,
    ])
  })
})

describe('a frozen entry', () => {
  test('without a quorum has no price, and says nothing in its place', () => {
    expect(frozenEntrySchema.parse(feed)).toEqual(feed)
  })

  test('may say that its price was rolled forward', () => {
    expect(takes(frozenEntrySchema, { ...entry, rolled: true })).toBe(true)
    expect(takes(frozenEntrySchema, { ...entry, rolled: false })).toBe(false)
  })

  test.each([0, -1, null, Number.NaN, Number.POSITIVE_INFINITY, '1'])(
    'has no price of %s: what is not known is absent',
    (price) => {
      expect(takes(frozenEntrySchema, { ...entry, price })).toBe(false)
    },
  )

  test.each([-0.1, 1.1, 97])('has no confidence of %d', (confidence) => {
    expect(takes(frozenEntrySchema, { ...entry, confidence })).toBe(false)
  })
})

describe('a reservation', () => {
  test.each([
    { why: 'a kind that nobody knows', differing: { kind: 'reveal' } },
    { why: 'a digest of 31 bytes', differing: { digest: hash.slice(0, -2) } },
    { why: 'a protocol of two bytes', differing: { protocol_id: 256 } },
    { why: 'an address of 19 bytes', differing: { signer: address.slice(0, -2) } },
    { why: 'no fence', differing: { fencing_token: 0 } },
  ])('is refused for $why', ({ differing }) => {
    expect(takes(reservationSchema, { ...reservation, ...differing })).toBe(false)
  })
})

describe('a report', () => {
  test('of a call that was never sent has no transaction', () => {
    const missed = {
      id: uuid,
      voting_round_id: 7,
      kind: 'submit2',
      status: 'missed',
      signer: address,
      at: 1,
      attempts: 0,
      error: 'The reveal window closed before the chain could be reached.',
    }
    expect(submissionReportSchema.parse(missed)).toEqual(missed)
  })

  test('holds a fee that no number can hold', () => {
    const fee_wei = '123456789012345678901234567890'
    expect(submissionReportSchema.parse({ ...report, fee_wei }).fee_wei).toBe(fee_wei)
  })

  test.each([
    { why: 'an id that is no UUID', differing: { id: '7-submit1' } },
    { why: 'an unknown call', differing: { kind: 'submit3' } },
    { why: 'an unknown status', differing: { status: 'pending' } },
    { why: 'a fee below 0', differing: { fee_wei: '-1' } },
    { why: 'a fee that is a number', differing: { fee_wei: 525 } },
    { why: 'a fee of 31 digits', differing: { fee_wei: '1'.repeat(31) } },
    { why: 'a signature of 64 bytes', differing: { signature: `0x${'cd'.repeat(64)}` } },
    { why: 'a long story', differing: { error: 'x'.repeat(501) } },
    { why: 'attempts below 0', differing: { attempts: -1 } },
  ])('is refused for $why', ({ differing }) => {
    expect(takes(submissionReportSchema, { ...report, ...differing })).toBe(false)
  })

  test('travels with others, fifty at most', () => {
    const of = (count: number) => ({ reports: Array(count).fill(report) })
    expect(maxReports).toBe(50)
    expect([0, 1, 50, 51].map((count) => takes(reportsRequestSchema, of(count)))).toEqual([
      false,
      true,
      true,
      false,
    ])
  })
})

test.each([
  { value: 0, ok: true },
  { value: 2 ** 32 - 1, ok: true },
  { value: 2 ** 32, ok: false },
  { value: -1, ok: false },
  { value: 1.5, ok: false },
])('a voting round is a uint32: $value is one: $ok', ({ value, ok }) => {
  expect(takes(votingRoundIdSchema, value)).toBe(ok)
})

test('a holder’s name has 8 to 64 characters', () => {
  const of = (length: number) => takes(leaseRequestSchema, { holder: 'b'.repeat(length) })
  expect([7, 8, 64, 65].map(of)).toEqual([false, true, true, false])
})

test('an address may be written with its checksum, a hash is lower case', () => {
  expect(takes(addressSchema, address)).toBe(true)
  expect(takes(addressSchema, address.toLowerCase())).toBe(true)
  expect(takes(hashSchema, hash)).toBe(true)
  expect(takes(hashSchema, hash.toUpperCase().replace('X', 'x'))).toBe(false)
})
