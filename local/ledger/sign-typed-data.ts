/** The instruction that signs typed data (EIP-712) of which the host tells the two hashes only. */

import { concat, keccak256 } from 'viem'
import type { Apdu } from './apdu.ts'
import type { Memory } from './memory.ts'
import { readPath } from './path.ts'
import { typedDataReview } from './review.ts'
import { messageAnswer } from './sign-message.ts'
import { failed, reviewed, type Turn, type World } from './turn.ts'

/** P2: hashes only; or the whole structure, told before by instructions that are not here. */
const hashed = 0
const full = 1

const hashBytes = 32

/** Takes the domain's hash and the message's; what follows them is ignored. */
export function signTypedData(memory: Memory, { p1, p2, data }: Apdu, world: World): Turn {
  if (p2 === full) return failed(memory, 'notAllowed')
  if (p2 !== hashed || p1 !== 0) return failed(memory, 'wrongParameters')
  if (memory.doing.kind !== 'idle') return failed(memory, 'notAllowed')
  if (!world.settings.isBlindSigningOn) {
    return { ...failed(memory, 'incorrectData'), isAlert: true }
  }
  const found = readPath(data)
  if (found === undefined || found.rest.length < 2 * hashBytes) {
    return failed(memory, 'incorrectData')
  }

  const { path, rest } = found
  const domain = rest.slice(0, hashBytes)
  const message = rest.slice(hashBytes, 2 * hashBytes)
  const hash = keccak256(concat([Uint8Array.of(0x19, 0x01), domain, message]))
  return reviewed(typedDataReview({ domain, message }, () => messageAnswer(world, path, hash)))
}
