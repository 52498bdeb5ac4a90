/**
 * Which of the nodes are of our chain. One that is of another is set aside and told of, and taken
 * back when it is right again: as long as one is of ours, nothing stops for the sake of the others.
 */

import type { Log } from '../log.ts'
import { ChainError } from './chain.ts'
import { type Node, nodesOf } from './nodes.ts'

export type Roster = {
  /** All nodes but those that were seen to be of another chain: a list that changes. */
  readonly members: readonly Node[]
  /**
   * Looks at all nodes for the first time.
   *
   * @throws {ChainError} `chain-differs` if all that answer are of another chain, or if they differ and
   *   nobody can say which is right; `chain-unreachable`
   */
  readonly settle: () => Promise<Settled>
  /**
   * Looks at them again: each minute, and sooner at those that have not answered yet.
   *
   * @returns The pause until the next time, milliseconds.
   */
  readonly watch: () => Promise<number>
}

export type Settled = {
  /** The hash of the chain's first block. */
  readonly genesisHash: string
  /** Whether it was known before, or all nodes are of it, or more than one tells it, or there is but one. */
  readonly isSure: boolean
}

export type RosterDeps = {
  readonly nodes: readonly Node[]
  readonly chainId: number
  /** The first block's hash, if it is known. */
  readonly genesisHash?: string | undefined
  /** Where no node can tell it and something is owed: the one that was gone by last, sure or not. */
  readonly lastHash?: () => string | undefined
  readonly patienceMs: number
  /** As `nodesOf` takes it. */
  readonly late?: Set<Node>
  readonly log: Log
}

/** What a node says of its chain. Some do not give their first block. */
export type Told = { readonly node: Node; readonly id: number; readonly genesis?: string }

type Ours = { readonly chainId: number; readonly genesisHash?: string | undefined }
type Before = { readonly lastHash?: string | undefined }

/** A node that was set aside is not asked more often, nor one that is right. */
const lookEveryMs = 60_000

/** One that has not answered yet may be needed soon, and so may one that may be right again. */
const lookForMissingMs = 5_000

/** A hash has so many characters; a node that says more says something else. */
const maxHashLength = 66

export function rosterOf({ nodes, chainId, patienceMs, late, log, ...before }: RosterDeps): Roster {
  const all = nodesOf(nodes, patienceMs, late)
  let { genesisHash } = before
  /** What stands against a node; nothing of one that is ours. Who has not answered is in neither. */
  const against = new Map<Node, string | undefined>()
  /** Those that were right, and wrong when they were asked last. */
  const doubted = new Set<Node>()
  const members = [...nodes]

  const note = (told: Told) => {
    const reason = reasonAgainst(told, { chainId, genesisHash })
    const known = against.get(told.node)
    const wasRight = against.has(told.node) && known === undefined
    if (reason !== undefined && wasRight && !doubted.has(told.node)) {
      // Behind one address may be several machines: one wrong answer is no reason to do without it.
      doubted.add(told.node)
      return
    }
    doubted.delete(told.node)
    against.set(told.node, reason)
    if (reason === known) return
    members.splice(0, members.length, ...nodes.filter((node) => against.get(node) === undefined))
    // Its address may hold a key: its place in the settings is enough.
    const which = { node: nodes.indexOf(told.node) + 1, of: nodes.length }
    log(
      reason === undefined
        ? { event: 'node-taken-back', ...which }
        : { event: 'node-set-aside', ...which, reason },
    )
  }

  return {
    members,
    settle: async () => {
      const told = await all.askAll(toldBy, {
        // What is bound for ever is not left to the quickest.
        isEnough: (answers) =>
          genesisHash !== undefined &&
          answers.some((one) => reasonAgainst(one, { chainId, genesisHash }) === undefined),
      })
      const lastHash = before.lastHash?.()
      const found = genesisAmong(told, { chainId, genesisHash, lastHash })
      const tellers = told.filter(({ id, genesis }) => id === chainId && genesis === found)
      const areAll =
        told.length === nodes.length &&
        told.every((one) => reasonAgainst(one, { chainId, genesisHash: found }) === undefined)
      const isSure =
        genesisHash !== undefined || tellers.length > 1 || (areAll && tellers.length > 0)
      genesisHash = found
      told.forEach(note)
      return { genesisHash: found, isSure }
    },
    watch: async () => {
      const told = await all.askAll(toldBy, { isEnough: () => false })
      told.forEach(note)
      const isComplete = nodes.every((node) => against.has(node)) && doubted.size === 0
      const areThere = members.every((member) => told.some(({ node }) => node === member))
      // Who is set aside can be done without only while all others are there.
      const isWell = members.length === nodes.length || (members.length > 0 && areThere)
      return isComplete && isWell ? lookEveryMs : lookForMissingMs
    },
  }
}

async function toldBy(node: Node): Promise<Told> {
  const [id, genesis] = await Promise.all([
    node.getChainId(),
    node.getBlock({ blockNumber: 0n }).then(
      ({ hash }): unknown => hash,
      // It need not have its first block.
      () => undefined,
    ),
  ])
  const isHash =
    typeof genesis === 'string' && /^0x[0-9a-f]+$/i.test(genesis) && genesis.length <= maxHashLength
  return { node, id, ...(isHash && { genesis: genesis.toLowerCase() }) }
}

/** Why a node is not of our chain, as far as that is known; `undefined` if it is. */
export function reasonAgainst(
  { id, genesis }: Pick<Told, 'id' | 'genesis'>,
  { chainId, genesisHash }: Ours,
): string | undefined {
  if (id !== chainId) return `A node is of chain ${id}, the settings say ${chainId}.`
  if (genesis === undefined || genesisHash === undefined || genesis === genesisHash)
    return undefined
  return 'A node is of a chain with another first block.'
}

/**
 * The first block of our chain: the known one if any node is of it, or else the one that all tell, or
 * more of them than tell any other, and two at least; or else the one that was gone by last.
 */
export function genesisAmong(
  told: readonly Pick<Told, 'id' | 'genesis'>[],
  { chainId, genesisHash, lastHash }: Ours & Before,
): string {
  const reasons = told.map((one) => reasonAgainst(one, { chainId, genesisHash }))
  if (!reasons.includes(undefined)) {
    throw new ChainError('chain-differs', reasons[0] ?? 'There is no node.')
  }
  if (genesisHash !== undefined) return genesisHash
  const ofOurs = told.flatMap(({ id, genesis }) =>
    id === chainId && genesis !== undefined ? [genesis] : [],
  )
  const [first, ...others] = [...new Set(ofOurs)].toSorted(
    (one, other) => countOf(other, ofOurs) - countOf(one, ofOurs),
  )
  if (first === undefined) {
    if (lastHash !== undefined) return lastHash
    throw new ChainError('chain-unreachable', 'No node gives the first block of its chain.')
  }
  const most = countOf(first, ofOurs)
  if (others.every((other) => countOf(other, ofOurs) < most)) return first
  if (lastHash !== undefined && ofOurs.includes(lastHash)) return lastHash
  throw new ChainError('chain-differs', 'The nodes are of chains with different first blocks.')
}

function countOf(hash: string, hashes: readonly string[]): number {
  return hashes.filter((one) => one === hash).length
}
