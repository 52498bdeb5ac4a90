/** The chain behind the port: Flare's systems contracts over JSON-RPC. */

import { parseTransaction } from 'viem'
import type { Network } from '../../src/protocol/networks.ts'
import type { Log } from '../log.ts'
import type { Observations } from '../observations/observations.ts'
import { belief, beliefIn, tellingOf } from './belief.ts'
import { callsBy } from './calls-by.ts'
import type { Chain } from './chain.ts'
import { latestCounts, usedNoncesBySender } from './counts.ts'
import { type ChainFacts, chainFacts } from './facts.ts'
import { figureIn } from './figures.ts'
import { type Node, nodesOf, patienceOf } from './nodes.ts'
import { receiptsOver } from './receipts.ts'
import { rosterOf } from './roster.ts'
import { sendTo } from './send.ts'

export type FlareDeps = {
  readonly nodes: readonly Node[]
  readonly network: Network
  /** Where what is read is kept over restarts. */
  readonly observations: Pick<
    Observations,
    'bindGenesis' | 'genesisHash' | 'chainEvents' | 'contracts'
  >
  readonly log: Log
  /** The hash of the chain's first block, if it is known. */
  readonly genesisHash?: string | undefined
  /** Whether a reveal is owed, which needs neither the registry nor the schedule. None is by default. */
  readonly owesReveal?: () => boolean
}

export type FlareChain = Chain & {
  /** The hash of the chain's first block. */
  readonly genesisHash: string
  /** Asks the registry again: contracts are redeployed some times a year. */
  readonly refreshContracts: () => Promise<void>
}

/** The chain with the nodes that it is asked of. */
export type ConnectedChain = FlareChain &
  ChainFacts & {
    /** The nodes but for those of another chain: a list that changes. */
    readonly nodes: readonly Node[]
    /** Looks at the nodes again: which are of this chain. Resolves with the pause until the next time. */
    readonly watchNodes: () => Promise<number>
    /** Whether the first block is told by two, known before, or of the only node. */
    readonly isGenesisSure: boolean
  }

/**
 * Connects to a network, and refuses another one or another schedule. Observations of another chain
 * are forgotten.
 *
 * @throws {ChainError} `chain-unreachable`, `chain-differs`; `contract-unknown` and `schedule-differs`
 *   unless a reveal is owed, which does not wait for the registry at all
 */
export async function connectFlare(deps: FlareDeps): Promise<ConnectedChain> {
  const { network, observations, log } = deps
  const { schedule, chainId } = network
  const patienceMs = patienceOf(schedule)
  const lastHash = () => (deps.owesReveal?.() === true ? observations.genesisHash() : undefined)
  // A node that has hung at the first question is not waited for at the second.
  const late = new Set<Node>()
  const roster = rosterOf({ ...deps, chainId, patienceMs, lastHash, late })
  const nodes = nodesOf(roster.members, patienceMs, late)
  const { genesisHash, isSure: isGenesisSure } = await roster.settle()
  observations.bindGenesis(genesisHash)
  const facts = chainFacts({ ...deps, nodes })
  // A reveal goes to Submission, whose address is fixed, and waits for no registry. Until that has
  // answered nothing is known of the other contracts, and so nothing new is promised.
  const isOwed = deps.owesReveal?.() === true
  const asked = facts.refreshContracts().catch((error: unknown) => {
    if (!isOwed) throw error
    const reason = error instanceof Error ? error.message : String(error)
    log({ event: 'contracts-unclear', used: 'none', reason })
  })
  if (!isOwed) await asked
  const believed = belief(log, schedule)
  const usedBy = usedNoncesBySender()

  return {
    ...facts,
    nodes: roster.members,
    watchNodes: roster.watch,
    genesisHash,
    isGenesisSure,
    head: async () => {
      const { head, ...others } = beliefIn(believed(await nodes.askAll(tellingOf)))
      return { ...head, ...others }
    },
    receiptsOf: receiptsOver({ nodes, schedule, log }),
    latestCount: async (address) =>
      usedBy(address).firstFree(await latestCounts(nodes, believed, address)),
    pendingCount: async (address) => {
      const blockTag = 'pending'
      const ask = async (node: Node) =>
        figureIn(await node.getTransactionCount({ address, blockTag }))
      return Math.max(...(await nodes.askAll(ask)))
    },
    balanceWei: async (address) => {
      const answers = await nodes.askAll(async (node) => {
        const wei = await node.getBalance({ address })
        return { wei, ...(await tellingOf(node)) }
      })
      const { head: newest } = beliefIn(believed(answers))
      const answer = answers.find(({ head }) => head === newest)
      if (answer === undefined) throw new Error('The head that is believed is one of those given.')
      return answer.wei
    },
    send: async (raw, sender) => {
      const { outcome, isCalledUsed, isTaken } = await sendTo(nodes, raw)
      if (isCalledUsed) usedBy(sender).note(parseTransaction(raw).nonce ?? 0, { isTaken })
      return outcome
    },
    callsBy: (addresses, stretch, mostMs) =>
      callsBy(nodes, { chainId, addresses }, stretch, mostMs),
  }
}
