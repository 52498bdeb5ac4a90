/** The chain behind the port: Flare's systems contracts over JSON-RPC. */

import { type Address, type Hex, parseTransaction } from 'viem'
import { lowerCase } from '../../src/protocol/address.ts'
import type { Network } from '../../src/protocol/networks.ts'
import type { Log } from '../log.ts'
import type { Observations } from '../observations/observations.ts'
import type { Head } from '../timeline.ts'
import { callsBy } from './calls-by.ts'
import { type Chain, ChainError } from './chain.ts'
import { checkChain, checkSchedule, resolveContracts } from './contracts.ts'
import { type ChainFacts, chainFacts } from './facts.ts'
import { headAmong, isPlausible, noveltyOf, onceAMinute, type SeenHead } from './head-choice.ts'
import { headOf, type Node, nodesOf, patienceOf, receiptOf } from './nodes.ts'
import { sendTo } from './send.ts'

export type FlareDeps = {
  readonly nodes: readonly Node[]
  readonly network: Network
  /** Where what is read is kept over restarts. */
  readonly observations: Pick<Observations, 'bindGenesis' | 'chainEvents' | 'contracts'>
  readonly log: Log
}

export type FlareChain = Chain & {
  /** The hash of the chain's first block. */
  readonly genesisHash: string
  /** Asks the registry again: contracts are redeployed some times a year. */
  readonly refreshContracts: () => Promise<void>
}

/**
 * Connects to a network, and refuses another one or another schedule. Observations of another chain
 * are forgotten.
 *
 * @throws {ChainError} `chain-unreachable`, `chain-differs`, `contract-unknown`, `schedule-differs`
 */
export async function connectFlare(deps: FlareDeps): Promise<FlareChain & ChainFacts> {
  const { network, observations } = deps
  const { schedule } = network
  const nodes = nodesOf(deps.nodes, patienceOf(schedule))
  const genesisHash = await checkChain(nodes, network.chainId)
  const contracts = await resolveContracts(nodes)
  await checkSchedule(nodes, contracts, network)
  const believed = belief(deps.log)
  const used = new Map<string, ReturnType<typeof usedNonces>>()
  const usedBy = (address: Address) => {
    const known = used.get(lowerCase(address)) ?? usedNonces()
    used.set(lowerCase(address), known)
    return known
  }
  const countOf = async (address: Address, blockTag: 'latest' | 'pending') =>
    Math.max(...(await nodes.askAll((node) => node.getTransactionCount({ address, blockTag }))))
  observations.bindGenesis(genesisHash)
  const facts = chainFacts(contracts, { nodes, network, observations, log: deps.log })

  return {
    ...facts,
    genesisHash,
    head: async () => {
      const heads = await nodes.askAll(headOf)
      return believed(heads)
    },
    receiptsOf: async (txHashes) => {
      const found = await Promise.all(
        txHashes.map(async (txHash) => {
          // One node may be behind the others: whoever has seen it is right.
          const answers = await nodes.askAll((node) => receiptOf(node, txHash))
          return answers.find((receipt) => receipt !== undefined)
        }),
      )
      return found.filter((receipt) => receipt !== undefined)
    },
    latestCount: async (address) => usedBy(address).atLeast(await countOf(address, 'latest')),
    pendingCount: (address) => countOf(address, 'pending'),
    balanceWei: async (address) => {
      const answers = await nodes.askAll(async (node) => {
        const wei = await node.getBalance({ address })
        return { wei, head: await headOf(node) }
      })
      const newest = believed(answers.map(({ head }) => head))
      const answer = answers.find(({ head }) => head === newest)
      if (answer === undefined) throw new Error('The head that is believed is one of those given.')
      return answer.wei
    },
    send: async (raw, sender) => {
      const outcome = await sendTo(nodes, raw)
      if (outcome.kind === 'nonce-used') usedBy(sender).note(raw)
      return outcome
    },
    callsBy: (addresses, stretch) => callsBy(nodes, addresses, stretch),
  }
}

/** Chooses among the nodes' heads by the one that was believed last. */
function belief(log: Log): (heads: readonly Head[]) => Head {
  const isTimeToSay = onceAMinute()
  let seen: SeenHead | undefined
  return (heads) => {
    const now = { steadyMs: performance.now(), wallMs: Date.now() }
    const head = headAmong(heads, seen, now)
    for (const other of heads) {
      if (other === head || isPlausible(other, seen, now) || !isTimeToSay(now.steadyMs)) continue
      log({ event: 'head-ignored', number: other.number, stamp_sec: other.timestampSec })
    }
    if (head === undefined) {
      throw new ChainError('chain-unreachable', 'No node tells of a block that can be the latest.')
    }
    if (noveltyOf(head, seen, now) === 'new') seen = { head, atMs: now.steadyMs }
    return head
  }
}

/** What a node has said of a used nonce holds until others count so far, or have had time to. */
const nonceWordMs = 30_000

/** A node that is behind by more of our calls than this cannot be what is counted by. */
const maxNoncesBehind = 2

/** Remembers the nonces that a node would not take since they are used. */
function usedNonces() {
  let next = 0
  let untilMs = 0
  return {
    note: (raw: Hex) => {
      next = Math.max(next, (parseTransaction(raw).nonce ?? 0) + 1)
      untilMs = performance.now() + nonceWordMs
    },
    /** The first free nonce, where the nodes count `count`. */
    atLeast: (count: number): number => {
      if (performance.now() >= untilMs) next = 0
      return Math.max(count, Math.min(next, count + maxNoncesBehind))
    },
  }
}
