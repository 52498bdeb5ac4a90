/**
 * How a listener conducts itself: what it says in a minute is counted, and one that says too much,
 * or too much that makes no sense, is shown out. Pure; the count lies in the socket's attachment.
 */

import type { StreamMessage } from '../protocol/wire.ts'
import { answerTo, type Listener, type StreamMemory } from './listener.ts'

/** Enough to subscribe to every feed by a message of its own, and some. */
export const maxMessagesPerMinute = 120

/** A listener that has said this many things which make no sense is shown out. */
export const maxStrikes = 10

const minuteMs = 60_000

/** Why a listener is shown out, as it is told before. */
export type Farewell = { readonly code: string; readonly message: string }

export type Heard = {
  readonly messages: readonly StreamMessage[]
  /** What it is from now on. */
  readonly listener: Listener
  /** Set if it is to be shown out. */
  readonly farewell?: Farewell
}

/** One who has said nothing yet. */
export const newListener: Listener = {
  symbols: [],
  strikes: 0,
  minuteAtMs: 0,
  messages: 0,
  told: 0,
}

/** What becomes of a listener by one message. */
export function heard(
  message: string | ArrayBuffer,
  listener: Listener,
  memory: StreamMemory,
): Heard {
  const counted = countedAt(memory.nowMs, listener)
  if (counted.messages > maxMessagesPerMinute) {
    const reason = `A listener may say ${maxMessagesPerMinute} things a minute.`
    const farewell = { code: 'too-many-messages', message: reason }
    return { messages: [], listener: counted, farewell }
  }

  const { kind, messages, symbols, told } = answerTo(message, counted, memory)
  const strikes = counted.strikes + (kind === 'refused' ? 1 : 0)
  const next = { ...counted, symbols, strikes, told: counted.told + told }
  if (strikes < maxStrikes) return { messages, listener: next }
  const farewell = { code: 'too-many-errors', message: `${maxStrikes} messages made no sense.` }
  return { messages, listener: next, farewell }
}

/** The listener with this message counted. A minute begins with the first message after the last. */
function countedAt(nowMs: number, listener: Listener): Listener {
  const isOver = nowMs - listener.minuteAtMs >= minuteMs
  return isOver
    ? { ...listener, minuteAtMs: nowMs, messages: 1, told: 0 }
    : { ...listener, messages: listener.messages + 1 }
}
