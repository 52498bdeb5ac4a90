/** The instruction that signs a personal message (EIP-191), chunk after chunk. */

import { hashMessage, type Hex } from 'viem'
import type { Apdu } from './apdu.ts'
import { idle, type Memory } from './memory.ts'
import { type Path, readPath } from './path.ts'
import { messageReview } from './review.ts'
import { answered, failed, reviewed, signedAnswer, type Turn, type World } from './turn.ts'

const first = 0x00
const more = 0x80
const lengthBytes = 4

/** The app counts in 16 bits. */
const maxMessageBytes = 65_535

/** Takes a chunk of a message; the one that makes it whole brings the review. */
export function signMessage(memory: Memory, { p1, data }: Apdu, world: World): Turn {
  // What is wrong here also clears the screen, so that a review is gone and not hollow.
  if (p1 === first) {
    return memory.doing.kind === 'idle' ? begin(memory, data, world) : failed(idle, 'notAllowed')
  }
  if (p1 !== more) return failed(idle, 'wrongParameters')
  const { doing } = memory
  if (doing.kind !== 'message') return failed(idle, 'incorrectData')
  return take(memory, { ...doing, chunk: data }, world)
}

function begin(memory: Memory, data: Uint8Array, world: World): Turn {
  const found = readPath(data)
  if (found === undefined || found.rest.length < lengthBytes) return failed(memory, 'incorrectData')
  const { path, rest } = found
  const length = new DataView(rest.buffer, rest.byteOffset).getUint32(0)
  if (length > maxMessageBytes) return failed(memory, 'incorrectData')
  const chunk = rest.slice(lengthBytes)
  return take(memory, { path, length, received: new Uint8Array(), chunk }, world)
}

type Arriving = {
  readonly path: Path
  readonly length: number
  readonly received: Uint8Array
  readonly chunk: Uint8Array
}

function take(memory: Memory, { path, length, received, chunk }: Arriving, world: World): Turn {
  const message = new Uint8Array(received.length + chunk.length)
  message.set(received)
  message.set(chunk, received.length)
  if (message.length > length) return failed(idle, 'incorrectData')
  if (message.length < length) {
    return answered({ ...memory, doing: { kind: 'message', path, length, received: message } })
  }

  const hash = hashMessage({ raw: message })
  return reviewed(messageReview(message, () => messageAnswer(world, path, hash)))
}

/** The answer to a message or typed data once it is approved: v is 27 or 28. */
export function messageAnswer(world: World, path: Path, hash: Hex): Uint8Array {
  return signedAnswer(world, path, ({ sign }) => {
    const { parity, rs } = sign(hash)
    return Uint8Array.of(27 + parity, ...rs)
  })
}
