/** What nodes say when they do not take something, read and made short, without what was sent. */

import { printable } from '../printable.ts'
import type { SendOutcome } from './chain.ts'

/**
 * Reads a node's refusal. Nodes give no code, only words: those of go-ethereum and its kin, and of
 * anvil (seen 2026-11-22). What nobody knows is a refusal, after which the call is tried anew.
 */
export function outcomeOf(error: unknown): SendOutcome {
  const said = sentencesOf(error)
  if (/already known|known transaction|already imported/i.test(said)) return { kind: 'accepted' }
  if (/underpriced|replacement fee too low|fee too low/i.test(said)) return { kind: 'underpriced' }
  if (/nonce too low|nonce is too low|old nonce|invalid nonce/i.test(said)) {
    return { kind: 'nonce-used' }
  }
  const reason = said.slice(0, maxReason)
  return isRpcAnswer(error) ? { kind: 'refused', reason } : { kind: 'unreachable', reason }
}

/** Enough for a person to see what a node meant. */
export const maxReason = 200

/** Nobody nests errors deeper than this. */
const maxCauses = 8

/** Of each message: more is no sentence. */
const maxSentence = 2_000

/**
 * The messages of an error and its causes without the request, which would show our calldata; and
 * without what would move a terminal's cursor.
 */
export function sentencesOf(error: unknown): string {
  const said: string[] = []
  for (const cause of causesOf(error)) {
    const details = 'details' in cause ? cause.details : undefined
    const short = 'shortMessage' in cause ? cause.shortMessage : undefined
    for (const text of [short, details]) {
      if (typeof text !== 'string') continue
      const sentence = printable(text, maxSentence)
      if (!said.includes(sentence)) said.push(sentence)
    }
  }
  return said.length > 0 ? said.join(' ') : 'No answer.'
}

function isRpcAnswer(error: unknown): boolean {
  return causesOf(error).some((cause) => 'code' in cause && typeof cause.code === 'number')
}

function causesOf(error: unknown): Error[] {
  const causes: Error[] = []
  let cause = error
  while (cause instanceof Error && causes.length < maxCauses) {
    causes.push(cause)
    cause = cause.cause
  }
  return causes
}
