/**
 * The blocks that nodes differ about: each is voted on by all of them, again and again, until most say
 * the same, or until who said something else has been silent for long enough.
 */

import type { Node } from '../chain/nodes.ts'
import type { Log } from '../log.ts'
import type { BlockBook } from '../observations/block-book.ts'
import type { ConfirmationBook, PendingBlock } from '../observations/confirmation-book.ts'
import type { AskAbout, Said } from './outlines.ts'
import { sourceOf } from './sources.ts'
import { majorityOf, type Verdict, verdictOn } from './verdict.ts'
import type { Witnesses } from './witnesses.ts'

export type DisputesDeps = {
  readonly nodes: readonly Node[]
  readonly blocks: Pick<BlockBook, 'cut'>
  readonly book: Pick<ConfirmationBook, 'doubtsIn' | 'isPending' | 'confirm'>
  readonly ask: AskAbout
  readonly witnesses: Pick<Witnesses, 'avoid'>
  /** Never jumps. Milliseconds. */
  readonly steadyMs: () => number
  readonly log: Log
}

export type Disputes = {
  readonly blocks: () => readonly PendingBlock[]
  readonly has: (blockNumber: number) => boolean
  /** Has all nodes vote on a block of which one has just said something else, if there is room. */
  readonly raise: (block: PendingBlock, against: Node) => Promise<void>
  /** Votes once more on the block that has waited longest. Those stamped before `sinceMs` are forgotten. */
  readonly goOn: (sinceMs: number) => Promise<void>
}

/** Who has said something else and then nothing more for so long contradicts nobody. */
const contradictsForMs = 10_000

/** So many blocks are voted on; what is said of more of them leaves those unconfirmed. */
const mostDisputes = 30

type Dispute = {
  readonly block: PendingBlock
  /** When a word against another was heard last, and when it was voted on. */
  readonly heardAtMs: number
  readonly votedAtMs: number
}

/** What each node that answers says of a block. */
type Votes = ReadonlyMap<Node, Said>

export function disputesOf(deps: DisputesDeps): Disputes {
  const { blocks, book, steadyMs, log } = deps
  const open = new Map<number, Dispute>()

  const judge = async (dispute: Dispute): Promise<Verdict> => {
    const { block } = dispute
    const { number, said } = block
    const votes = await votesOn(deps, block)
    const verdict = verdictOn(said, [...votes.values()])
    const votedAtMs = steadyMs()
    open.delete(number)
    switch (verdict) {
      case 'open':
        open.set(number, { block, heardAtMs: votedAtMs, votedAtMs })
        break
      case 'awaited':
        if (votedAtMs - dispute.heardAtMs < contradictsForMs) {
          open.set(number, { ...dispute, votedAtMs })
        } else if ([...votes.values()].some((word) => word !== said)) {
          // Whoever it was read from is silent, and who is left says something else.
          blocks.cut(number)
        }
        return verdict
      case 'kept':
        book.confirm(number, number)
        break
      case 'read-anew':
        blocks.cut(number)
    }
    const against = losersOf(deps, { block, votes, verdict })
    if (verdict === 'read-anew') for (const liar of against) deps.witnesses.avoid(liar)
    say(log, block, verdict, against)
    return verdict
  }

  return {
    blocks: () => [...open.values()].map(({ block }) => block),
    has: (blockNumber) => open.has(blockNumber),
    raise: async (block, against) => {
      if (open.size >= mostDisputes) return
      const atMs = steadyMs()
      const dispute = { block, heardAtMs: atMs, votedAtMs: atMs }
      // While the others are asked it is contradicted already.
      open.set(block.number, dispute)
      if ((await judge(dispute)) === 'awaited') say(log, block, 'awaited', [against])
    },
    goOn: async (sinceMs) => {
      for (const [number, { block }] of open) {
        // It may have been cut off, or grown too old to matter.
        const isOver = !book.isPending(number) || block.timestampSec * 1_000 < sinceMs
        if (isOver) open.delete(number)
      }
      const inTurn = [...open.values()].toSorted((one, other) => one.votedAtMs - other.votedAtMs)
      if (inTurn[0] !== undefined) await judge(inTurn[0])
    },
  }
}

async function votesOn({ nodes, ask, book }: DisputesDeps, block: PendingBlock): Promise<Votes> {
  const { number, relays } = block
  const run = { pending: [block], relays, doubts: book.doubtsIn(number, number) }
  const asked = nodes.map(async (node) => [node, (await ask(node, run))?.[0]] as const)
  const votes = await Promise.all(asked)
  return new Map(votes.filter(([, word]) => word !== undefined))
}

type Vote = { readonly block: PendingBlock; readonly votes: Votes; readonly verdict: Verdict }

/** Whom a verdict is against; all that spoke, if there is none. */
function losersOf({ nodes }: DisputesDeps, { block, votes, verdict }: Vote): readonly Node[] {
  const top = majorityOf([...votes.values()])
  const others = [...votes.keys()].filter((node) => votes.get(node) !== top)
  // Whoever has told it otherwise before is no better for telling it rightly now.
  return verdict === 'read-anew'
    ? nodes.filter((node) => sourceOf(node.url) === block.source || others.includes(node))
    : others
}

function say(log: Log, { number }: PendingBlock, verdict: Verdict, against: readonly Node[]): void {
  if (against.length === 0) return
  const hosts = against.map(({ url }) => new URL(url).host)
  log({ event: 'blocks-contradicted', block_number: number, verdict, hosts })
}
