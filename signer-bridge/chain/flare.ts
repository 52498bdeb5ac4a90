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
import {
  headAmong,
  isPlausible,
  leadOf,
  noveltyOf,
  onceAMinute,
  type SeenHead,
  timeLine,
} from './head-choice.ts'
import { headOf, type Node, type Nodes, nodesOf, patienceOf, receiptOf } from './nodes.ts'
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
  const believed = belief(deps.log, leadOf(schedule))
  const used = new Map<string, ReturnType<typeof usedNonces>>()
  const usedBy = (address: Address) => {
    const known = used.get(lowerCase(address)) ?? usedNonces()
    used.set(lowerCase(address), known)
    return known
  }
  observations.bindGenesis(genesisHash)
  const facts = chainFacts(contracts, { nodes, network, observations, log: deps.log })

  return {
    ...facts,
    genesisHash,
    head: async () => {
      const { head, baseFeeWei } = beliefIn(believed(await nodes.askAll(headOf)))
      return { ...head, baseFeeWei }
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
    latestCount: async (address) =>
      usedBy(address).firstFree(await latestCounts(nodes, believed, address)),
    pendingCount: async (address) => {
      const blockTag = 'pending'
      const ask = (node: Node) => node.getTransactionCount({ address, blockTag })
      return Math.max(...(await nodes.askAll(ask)))
    },
    balanceWei: async (address) => {
      const answers = await nodes.askAll(async (node) => {
        const wei = await node.getBalance({ address })
        return { wei, head: await headOf(node) }
      })
      const { head: newest } = beliefIn(believed(answers.map(({ head }) => head)))
      const answer = answers.find(({ head }) => head === newest)
      if (answer === undefined) throw new Error('The head that is believed is one of those given.')
      return answer.wei
    },
    send: async (raw, sender) => {
      const outcome = await sendTo(nodes, raw)
      if (outcome.kind === 'nonce-used') usedBy(sender).note(raw)
      return outcome
    },
    callsBy: (addresses, stretch) => callsBy(nodes, network.chainId, addresses, stretch),
  }
}

type Belief = {
  /** One of those given. */
  readonly head: Head
  /** The highest that a head which can be tells of: too low a fee costs a reveal, and what too high a one costs is bounded. */
  readonly baseFeeWei: bigint
}

/** Chooses among the nodes' heads by the one that was believed last, and by what they tell of the time. */
function belief(log: Log, leadMs: number): (heads: readonly Head[]) => Belief | undefined {
  const isTimeToSay = onceAMinute()
  const lineOf = timeLine(leadMs)
  let seen: SeenHead | undefined
  return (heads) => {
    const now = { steadyMs: performance.now(), wallMs: Date.now() }
    const line = lineOf(heads, now.steadyMs)
    const head = headAmong(heads, seen, now, line)
    const plausible = heads.filter((one) => one === head || isPlausible(one, seen, now, line))
    for (const other of heads) {
      if (plausible.includes(other) || !isTimeToSay(now.steadyMs)) continue
      log({ event: 'head-ignored', number: other.number, stamp_sec: other.timestampSec })
    }
    if (head === undefined) return undefined
    if (noveltyOf(head, seen, now) === 'new') seen = { head, atMs: now.steadyMs }
    const baseFeeWei = plausible.reduce(
      (most, one) => (one.baseFeeWei > most ? one.baseFeeWei : most),
      0n,
    )
    return { head, baseFeeWei }
  }
}

function beliefIn(found: Belief | undefined): Belief {
  if (found !== undefined) return found
  throw new ChainError('chain-unreachable', 'No node tells of a block that can be the latest.')
}

/** A node whose head is further behind the one that is believed does not count calls. */
const currentForSec = 15

type Counts = { readonly current: number; readonly highest: number }

/** How many calls are on chain, by the least of the nodes that are up to date and by the most of all. */
async function latestCounts(
  nodes: Nodes,
  believed: (heads: readonly Head[]) => Belief | undefined,
  address: Address,
): Promise<Counts> {
  const answers = await nodes.askAll(async (node) => {
    const count = await node.getTransactionCount({ address, blockTag: 'latest' })
    return { count, head: await headOf(node) }
  })
  const newest = believed(answers.map(({ head }) => head))?.head
  const current = answers.filter(
    ({ head }) => newest === undefined || newest.timestampSec - head.timestampSec <= currentForSec,
  )
  return {
    current: Math.min(...current.map(({ count }) => count)),
    highest: Math.max(...answers.map(({ count }) => count)),
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
    /**
     * The first free nonce, where the nodes that are `current` agree on so many and one counts the
     * `highest`. A call above the true count waits behind a gap for ever, and one below it is said
     * to be used and signed anew: so the lower count is tried first.
     */
    firstFree: ({ current, highest }: Counts): number => {
      if (performance.now() >= untilMs) next = 0
      return next <= current
        ? current
        : Math.max(highest, Math.min(next, highest + maxNoncesBehind))
    },
  }
}
