/**
 * Whether a transaction is on chain, by what several nodes say of it. One of them may lie, and a call
 * that is taken to be on chain is not sent any more: so one node's word alone settles nothing that
 * another one contradicts. Pure.
 */

import type { Receipt } from './chain.ts'

/** What a node says of a transaction; nothing if it does not answer. */
export type Word =
  | { readonly kind: 'shown'; readonly receipt: Receipt }
  /** It knows no receipt, and its block has the transaction: not all nodes index them. */
  | { readonly kind: 'in-block' }
  /** It has come as far as the block is said to be, and has no such block or not with it. */
  | { readonly kind: 'denied' }
  /** It has not come so far; perhaps it never will. */
  | { readonly kind: 'behind' }

export type Testimony = {
  readonly words: readonly Word[]
  /** Of the nodes, how many have for long said nothing of use: their silence contradicts nobody. */
  readonly idle: number
  /** How many nodes there are. */
  readonly nodes: number
  /** Whether it is too late to send anything: then the word of half of them will do. */
  readonly isLast: boolean
}

/** Whether the words bear out that a transaction which some node shows is on chain. */
export function isBorneOut({ words, idle, nodes, isLast }: Testimony): boolean {
  const count = (...kinds: readonly Word['kind'][]) =>
    words.filter(({ kind }) => kinds.includes(kind)).length
  const shown = count('shown')
  const voices = shown + count('in-block')
  if (shown === 0) return false
  // At most one lies: where two say so, one of them is right, whatever they say of its place.
  if (voices > 1 || nodes === 1) return true
  const denials = count('denied')
  if (isLast) return denials <= voices
  return denials === 0 && idle >= nodes - voices
}

/** The receipts that are shown, each once; of those in one block the dearest first, to be on the safe side. */
export function receiptsIn(words: readonly Word[]): readonly Receipt[] {
  const told = words.flatMap((word) => (word.kind === 'shown' ? [word.receipt] : []))
  const byText = new Map(told.map((receipt) => [textOf(receipt), receipt]))
  return [...byText.values()].toSorted((one, other) => (one.feeWei < other.feeWei ? 1 : -1))
}

function textOf({ blockNumber, timestampSec, gasUsed, feeWei, hasReverted }: Receipt): string {
  return [blockNumber, timestampSec, gasUsed, feeWei, hasReverted].join('/')
}
