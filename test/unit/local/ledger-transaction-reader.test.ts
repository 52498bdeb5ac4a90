/** The emulated Ledger's reader of transactions: pieces of any size make the same whole. */

import fc from 'fast-check'
import { hexToBytes, keccak256, serializeTransaction, type TransactionSerializable } from 'viem'
import { expect, test } from 'vitest'
import { hashOf } from '../../../local/ledger/review.ts'
import { typeOf } from '../../../local/ledger/transaction-fields.ts'
import { read, type Reading, transactionReader } from '../../../local/ledger/transaction-reader.ts'

const rules = { isBlindSigningOn: true, isStored: false }
const to = '0x2cA6571Daa15ce734Bbd0Bf27D5C9D16787fc33f'

const hex = (bytes: Uint8Array): `0x${string}` => `0x${Buffer.from(bytes).toString('hex')}`
const wei = fc.bigInt({ min: 0n, max: 2n ** 100n })
const whole = fc.nat({ max: 2_000_000_000 })

/** Calldata shorter than a selector is never cut within its selector. */
const anyTransaction: fc.Arbitrary<TransactionSerializable> = fc
  .record({
    type: fc.constantFrom('legacy', 'eip2930', 'eip1559'),
    chainId: fc.integer({ min: 1, max: 2_000_000_000 }),
    nonce: whole,
    gas: fc.bigInt({ min: 0n, max: 2n ** 60n }),
    fee: wei,
    value: wei,
    hasReceiver: fc.boolean(),
    data: fc.uint8Array({ maxLength: 700 }),
  })
  .map(({ type, fee, hasReceiver, data, ...same }) => ({
    ...same,
    ...(hasReceiver && { to }),
    data: hex(data),
    ...(type === 'eip1559'
      ? { type, maxFeePerGas: fee, maxPriorityFeePerGas: fee }
      : { type, gasPrice: fee }),
  })) as fc.Arbitrary<TransactionSerializable>

/** Reads bytes in pieces of these sizes, then the rest. */
function readAll(bytes: Uint8Array, sizes: readonly number[]): Reading {
  const type = typeOf(bytes[0] ?? 0)
  if (type === 'not-supported') throw new Error('Expected a type that is supported.')
  let at = type === 'legacy' ? 0 : 1
  let reader = transactionReader(type)
  for (const size of [...sizes, bytes.length]) {
    const reading = read(reader, bytes.slice(at, at + size), rules)
    if (reading.kind !== 'more') return reading
    reader = reading.reader
    at += size
  }
  return { kind: 'more', reader }
}

test('a transaction in pieces of any size is hashed as it is whole', () => {
  fc.assert(
    fc.property(anyTransaction, fc.array(fc.integer({ min: 1, max: 300 })), (given, sizes) => {
      const raw = serializeTransaction(given)
      const reading = readAll(hexToBytes(raw), sizes)
      // A selector that a piece cuts is the one fault that a sound transaction can have.
      if (reading.kind === 'fault') return 'to' in given && given.data !== '0x'
      return reading.kind === 'finished' && hashOf(reading.reader) === keccak256(raw)
    }),
    { numRuns: 300 },
  )
})

test('a piece at a time is enough, but for the selector', () => {
  const raw = hexToBytes(
    serializeTransaction({
      type: 'eip1559',
      chainId: 14,
      to,
      value: 1n,
      gas: 1n,
      maxFeePerGas: 9n,
    }),
  )
  const reading = readAll(
    raw,
    Array.from({ length: raw.length }, () => 1),
  )
  expect(reading.kind).toBe('finished')
})

test('what follows the end is neither read nor hashed', () => {
  fc.assert(
    fc.property(anyTransaction, fc.uint8Array({ maxLength: 50 }), (given, extra) => {
      const raw = serializeTransaction(given)
      const reading = readAll(Uint8Array.of(...hexToBytes(raw), ...extra), [])
      return reading.kind === 'finished' && hashOf(reading.reader) === keccak256(raw)
    }),
  )
})

test('a transaction that is cut is waited for', () => {
  fc.assert(
    fc.property(anyTransaction, fc.integer({ min: 1, max: 3 }), (given, missing) => {
      const raw = hexToBytes(serializeTransaction(given))
      const kind = readAll(raw.slice(0, -missing), []).kind
      return kind === 'more' || kind === 'fault'
    }),
  )
})

test('more than a mebibyte is not kept', () => {
  const announced = Uint8Array.of(0x02, 0xfa, 0xff, 0xff, 0xff, ...new Uint8Array(7).fill(0x80))
  const data = Uint8Array.of(0xba, 0xff, 0xff, 0xff)
  const reading = readAll(Uint8Array.of(...announced, ...data, ...new Uint8Array(1_000)), [])
  if (reading.kind !== 'more') throw new Error('Expected a reader.')
  expect(read(reading.reader, new Uint8Array(1_048_576), rules)).toEqual({ kind: 'fault' })
})
