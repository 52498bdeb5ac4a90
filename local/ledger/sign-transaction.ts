/** The instruction that signs a transaction, chunk after chunk. */

import type { Apdu } from './apdu.ts'
import { idle, type Memory } from './memory.ts'
import { type Path, readPath } from './path.ts'
import { hasData, hashOf, maxFeeWei, transactionReview } from './review.ts'
import type { Signed } from './seed.ts'
import { read, type TransactionReader, transactionReader } from './transaction-reader.ts'
import { typeOf } from './transaction-fields.ts'
import { answered, failed, keyAt, reviewed, signedAnswer, type Turn, type World } from './turn.ts'

const first = 0x00
const more = 0x80

/** P2: sign at once; keep the calldata for clear signing; start the review of what was kept. */
const basic = 0
const stored = 1
const startFlow = 2

/** Takes a chunk of a transaction; the last one brings the review. */
export function signTransaction(memory: Memory, apdu: Apdu, world: World): Turn {
  const { p1, p2, data } = apdu
  if (p2 === startFlow) return start(memory, data)
  if (p2 !== basic && p2 !== stored) return failed(memory, 'wrongParameters')
  if (p1 === first) return begin(data, p2 === stored, world)
  if (p1 === more) return goOn(memory, data, world)
  return failed(memory, 'wrongParameters')
}

/** A beginning supersedes whatever was: chunks, a message, a review on the screen. */
function begin(data: Uint8Array, isStored: boolean, world: World): Turn {
  const found = readPath(data)
  const firstByte = found?.rest[0]
  if (found === undefined || firstByte === undefined) return failed(idle, 'incorrectData')
  const type = typeOf(firstByte)
  if (type === 'not-supported') return failed(idle, 'typeNotSupported')

  const chunk = type === 'legacy' ? found.rest : found.rest.slice(1)
  return take({ path: found.path, reader: transactionReader(type), isStored }, chunk, world)
}

function goOn(memory: Memory, chunk: Uint8Array, world: World): Turn {
  const { doing } = memory
  if (doing.kind === 'transaction') return take(doing, chunk, world)
  // The hash of what is on the screen is closed, and the app has no other to add to.
  const isReviewed = doing.kind === 'review' && doing.of === 'transaction'
  return failed(memory, isReviewed ? 'notEnoughMemory' : 'notAllowed')
}

type Collecting = {
  readonly path: Path
  readonly reader: TransactionReader
  readonly isStored: boolean
}

function take(collecting: Collecting, chunk: Uint8Array, world: World): Turn {
  const { path, isStored } = collecting
  const { isBlindSigningOn } = world.settings
  const reading = read(collecting.reader, chunk, { isBlindSigningOn, isStored })
  switch (reading.kind) {
    case 'fault':
      return failed(idle, 'incorrectData')
    case 'blind-signing-off':
      return { ...failed(idle, 'incorrectData'), isAlert: true }
    case 'more': {
      const doing = { kind: 'transaction', path, isStored, reader: reading.reader } as const
      return answered({ doing })
    }
    case 'finished':
      return finish({ ...collecting, reader: reading.reader }, world)
  }
}

function finish({ path, reader, isStored }: Collecting, world: World): Turn {
  const key = keyAt(world, path)
  if (key === undefined) return failed(idle, 'pathNotAllowed')
  if (isStored) {
    if (!hasData(reader)) return failed(idle, 'incorrectData')
    return answered({ doing: { kind: 'transaction', path, reader, isStored } })
  }
  if (hasData(reader) && !world.settings.isBlindSigningOn) {
    return { ...failed(idle, 'incorrectData'), isAlert: true }
  }
  if (maxFeeWei(reader) === undefined) return failed(idle, 'incorrectData')

  const answer = (): Uint8Array =>
    signedAnswer(world, path, ({ sign }) => signatureOf(reader, sign(hashOf(reader))))
  return reviewed(transactionReview(reader, world.settings, { from: key.address, answer }))
}

/** v, r, s. One byte has to do for v: a legacy transaction's is cut, and the host mends it. */
function signatureOf({ type, values }: TransactionReader, { parity, rs }: Signed): Uint8Array {
  if (type !== 'legacy') return Uint8Array.of(parity, ...rs)
  const v = values.v ?? new Uint8Array()
  // The app computes with the first four bytes of a chain id.
  const chainId = v.slice(0, 4).reduce((sum, byte) => sum * 256 + byte, 0)
  return Uint8Array.of((v.length === 0 ? 27 : chainId * 2 + 35) + parity, ...rs)
}

/** Nothing here explains calldata, so that a review of explained calldata never starts. */
function start(memory: Memory, data: Uint8Array): Turn {
  const isKept = memory.doing.kind === 'transaction' && data.length === 0
  return failed(memory, isKept || data.length > 0 ? 'incorrectData' : 'notAllowed')
}
