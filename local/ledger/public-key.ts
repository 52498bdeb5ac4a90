/** The instruction that tells a public key and its address. It ends whatever was being signed. */

import type { Apdu } from './apdu.ts'
import { type Memory, wiped } from './memory.ts'
import { readPath } from './path.ts'
import { addressReview } from './review.ts'
import type { Key } from './seed.ts'
import { answerOf, statusWords } from './status-words.ts'
import { answered, failed, keyAt, reviewed, type Turn, type World } from './turn.ts'

/** Behind the path a host may say which network it means. */
const chainIdBytes = 8

/** P1: whether a person compares the address. P2: whether the chain code is told, too. */
const flag: ReadonlySet<number> = new Set([0, 1])

/** Answers a request for a public key. */
export function publicKey(before: Memory, { p1, p2, data }: Apdu, world: World): Turn {
  const memory = wiped(before)
  if (!flag.has(p1) || !flag.has(p2)) return failed(memory, 'wrongParameters')
  const read = readPath(data)
  if (read === undefined) return failed(memory, 'incorrectData')
  const key = keyAt(world, read.path)
  if (key === undefined) return failed(memory, 'pathNotAllowed')
  if (read.rest.length !== 0 && read.rest.length !== chainIdBytes) {
    return failed(memory, 'incorrectData')
  }

  const told = toldOf(key, p2 === 1)
  return p1 === 0
    ? answered(memory, told)
    : reviewed(addressReview(key.address, () => answerOf(statusWords.ok, told)))
}

function toldOf({ publicKey: point, address, chainCode }: Key, hasChainCode: boolean): Uint8Array {
  const text = new TextEncoder().encode(address.slice(2))
  const rest = hasChainCode ? chainCode : []
  return Uint8Array.of(point.length, ...point, text.length, ...text, ...rest)
}
