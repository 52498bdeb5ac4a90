/**
 * How many calls of a key are on chain, where one node is behind and another counts calls that never
 * were.
 */

import type { Address } from 'viem'
import { lowerCase } from '../../src/protocol/address.ts'
import { type Believing, tellingOf } from './belief.ts'
import { figureIn } from './figures.ts'
import type { Nodes } from './nodes.ts'

/** A node whose head is further behind the one that is believed does not count calls. */
const currentForSec = 15

type Counts = { readonly current: number; readonly highest: number }

/**
 * How many calls are on chain, by the least of the nodes that are up to date and by the most of all.
 * The highest count is left out where two others are up to date: one node alone cannot raise it then.
 */
export async function latestCounts(
  nodes: Nodes,
  believed: Believing,
  address: Address,
): Promise<Counts> {
  const answers = await nodes.askAll(async (node) => {
    const count = figureIn(await node.getTransactionCount({ address, blockTag: 'latest' }))
    return { count, ...(await tellingOf(node)) }
  })
  const newest = believed(answers)?.head
  const counts = answers
    .map(({ count, head }) => {
      const behindSec = newest === undefined ? 0 : newest.timestampSec - head.timestampSec
      return { count, isCurrent: behindSec <= currentForSec }
    })
    .toSorted((one, other) => one.count - other.count)
  const others = counts.slice(0, -1)
  const isOutvoted = others.filter(({ isCurrent }) => isCurrent).length > 1
  const heard = isOutvoted ? others : counts
  return {
    current: Math.min(...heard.filter(({ isCurrent }) => isCurrent).map(({ count }) => count)),
    highest: Math.max(...heard.map(({ count }) => count)),
  }
}

/**
 * So long one claim is followed before the other has its turn. A call is signed anew each 5 s and a
 * window of reveals has 35, so that each claim has a turn in it, however it began.
 */
const turnMs = 10_000

/** A node that is behind by more of our calls than this cannot be what is counted by. */
const maxNoncesBehind = 2

/**
 * Remembers the nonces that a node would not take since they are used.
 *
 * Nobody can say who is right where one of two nodes counts less and the other calls those nonces
 * used: either may lie, and the true nonce is one of the two. So both are tried in turns, and what one
 * node goes on saying keeps the other's claim out of no window.
 *
 * @param steadyMs Never jumps.
 */
export function usedNonces(steadyMs: () => number = () => performance.now()) {
  let sinceMs = Number.NEGATIVE_INFINITY
  /** Said while no other node took the call: the first that may be free. */
  let next = 0
  /** The same, said against a node that took it. Few: a call is signed anew after half a turn. */
  const disputed = new Set<number>()
  return {
    /** @param isTaken Whether another node has it, or waits for a higher fee at its nonce. */
    note: (nonce: number, { isTaken }: { readonly isTaken: boolean }) => {
      if (steadyMs() - sinceMs >= 2 * turnMs) {
        sinceMs = steadyMs()
        next = 0
        disputed.clear()
      }
      if (isTaken) disputed.add(nonce + 1)
      else next = Math.max(next, nonce + 1)
    },
    /**
     * The first free nonce, where the nodes that are `current` agree on so many and one counts the
     * `highest`. A call above the true count waits behind a gap for ever, and one below it is said
     * to be used and signed anew: so the lower count is tried first.
     */
    firstFree: ({ current, highest }: Counts): number => {
      if (steadyMs() - sinceMs >= turnMs) return current
      // What another node took is not used before somebody counts it.
      const isCounted = [...disputed].some((free) => free > current && free <= highest)
      if (next <= current) return isCounted ? highest : current
      return Math.max(highest, Math.min(next, highest + maxNoncesBehind))
    },
  }
}

/** The same for each sender. A bridge sends with a few keys. */
export function usedNoncesBySender() {
  const bySender = new Map<string, ReturnType<typeof usedNonces>>()
  return (sender: Address) => {
    const used = bySender.get(lowerCase(sender)) ?? usedNonces()
    bySender.set(lowerCase(sender), used)
    return used
  }
}
