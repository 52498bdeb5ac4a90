/** The emulated Ethereum app as a pure function, beside what the table over HTTP shows of it. */

import fc from 'fast-check'
import { concatBytes, hexToBytes, numberToBytes, toBytes } from 'viem'
import { expect, test } from 'vitest'
import { exchange } from '../../../local/ledger/app.ts'
import { approved, idle, type Memory, refused } from '../../../local/ledger/memory.ts'
import { publicMnemonic, seedOf } from '../../../local/ledger/seed.ts'
import type { World } from '../../../local/ledger/turn.ts'

const world: World = {
  seed: seedOf(publicMnemonic),
  settings: { isBlindSigningOn: true, isNonceShown: false, isHashShown: false },
  isTouch: false,
  challenge: () => Uint8Array.of(1, 2, 3, 4),
}
const path = hexToBytes('0x058000002c8000003c800000000000000000000000')
const hash = new Uint8Array(32).fill(7)

function command(ins: number, ...data: readonly Uint8Array[]): Uint8Array {
  const bytes = concatBytes([...data])
  return Uint8Array.of(0xe0, ins, 0, 0, bytes.length, ...bytes)
}

const message = command(0x08, path, numberToBytes(hash.length, { size: 4 }), hash)
const config = command(0x06)
const publicKey = command(0x02, path)

/** The memory after some commands. */
function after(...commands: readonly Uint8Array[]): Memory {
  return commands.reduce((memory, bytes) => exchange(memory, bytes, world).memory, idle)
}

function shownAfter(...commands: readonly Uint8Array[]) {
  const { shown } = after(...commands)
  if (shown === undefined) throw new Error('Expected a review.')
  return shown
}

test('any bytes in any order are answered or reviewed, and never throw', () => {
  const anyCommand = fc
    .tuple(
      fc.constantFrom(0xe0, 0xb0, 0x00),
      fc.constantFrom(0x02, 0x04, 0x06, 0x08, 0x0c, 0x20, 0x32, 0xff),
      fc.constantFrom(0x00, 0x01, 0x80),
      fc.constantFrom(0x00, 0x01, 0x02),
      fc.boolean(),
      fc.uint8Array({ maxLength: 120 }),
    )
    .map(([cla, ins, p1, p2, hasPath, rest]) => {
      const data = hasPath ? concatBytes([path, rest]) : rest
      return Uint8Array.of(cla, ins, p1, p2, data.length, ...data)
    })
  fc.assert(
    fc.property(fc.array(anyCommand, { maxLength: 12 }), (commands) => {
      let memory = idle
      for (const bytes of commands) {
        const turn = exchange(memory, bytes, world)
        memory = turn.memory
        const isReviewed = turn.answer === undefined
        expect(isReviewed ? memory.shown?.state : turn.answer?.length).not.toBeUndefined()
      }
    }),
    { numRuns: 500 },
  )
})

test('an answer during a review spends it, a look at a key wipes it, and wiped it stays', () => {
  expect(shownAfter(message).state).toBe('sound')
  expect(shownAfter(message, config).state).toBe('spent')
  expect(shownAfter(message, publicKey).state).toBe('wiped')
  expect(shownAfter(message, publicKey, config).state).toBe('wiped')
})

test('a sound review ends with an answer, a spent one with none, a wiped one with a crash', () => {
  expect(approved(shownAfter(message)).kind).toBe('answer')
  expect(approved(shownAfter(message, config))).toEqual({ kind: 'unsent' })
  expect(approved(shownAfter(message, publicKey))).toEqual({ kind: 'crash' })
  expect(refused(shownAfter(message))).toEqual({ kind: 'answer', bytes: toBytes('0x6985') })
  expect(refused(shownAfter(message, config))).toEqual({ kind: 'unsent' })
  expect(refused(shownAfter(message, publicKey))).toEqual({ kind: 'unsent' })
})

test('the challenge is what chance hands in', () => {
  expect(exchange(idle, command(0x20), world).answer).toEqual(toBytes('0x010203049000'))
})

test('a touch device knows the check of transactions, which is off', () => {
  const { answer } = exchange(idle, command(0x32), { ...world, isTouch: true })
  expect(answer).toEqual(toBytes('0x6980'))
})
