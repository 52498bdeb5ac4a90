/** The chain behind the port: Flare's systems contracts over JSON-RPC. */

import { type Address, type Hex, parseTransaction } from 'viem'
import type { Network } from '../../src/protocol/networks.ts'
import type { ChainEvents } from '../journal/chain-events.ts'
import type { Log } from '../log.ts'
import type { Head } from '../timeline.ts'
import { type Chain, ChainError } from './chain.ts'
import { checkChain, checkSchedule, resolveContracts } from './contracts.ts'
import { epochWatch } from './epoch-watch.ts'
import { headAmong, isPlausible, noveltyOf, onceAMinute, type SeenHead } from './head-choice.ts'
import { headOf, type Node, nodesOf, patienceOf, receiptOf } from './nodes.ts'
import { sendTo } from './send.ts'

export type FlareDeps = {
  readonly nodes: readonly Node[]
  readonly network: Network
  readonly submitAddress: Address
  /** Where events are kept over restarts. */
  readonly events: ChainEvents
  readonly log: Log
}

export type FlareChain = Chain & {
  /** The hash of the chain's first block. */
  readonly genesisHash: string
  /** Asks the registry again: contracts are redeployed some times a year. */
  readonly refreshContracts: () => Promise<void>
}

/**
 * Connects to a network, and refuses another one or another schedule.
 *
 * @throws {ChainError} `chain-unreachable`, `chain-differs`, `contract-unknown`, `schedule-differs`
 */
export async function connectFlare(deps: FlareDeps): Promise<FlareChain> {
  const { network, submitAddress, events } = deps
  const { schedule } = network
  const nodes = nodesOf(deps.nodes, patienceOf(schedule))
  const genesisHash = await checkChain(nodes, network.chainId)
  let contracts = await resolveContracts(nodes)
  await checkSchedule(nodes, contracts, network)
  const believed = belief(deps.log)
  const used = usedNonces()
  const epochs = epochWatch({ nodes, schedule, events })

  return {
    genesisHash,
    refreshContracts: async () => {
      contracts = await resolveContracts(nodes)
    },
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
    latestCount: async () => {
      const counts = await nodes.askAll((node) =>
        node.getTransactionCount({ address: submitAddress, blockTag: 'latest' }),
      )
      return used.atLeast(Math.max(...counts))
    },
    pendingCount: async () => {
      const counts = await nodes.askAll((node) =>
        node.getTransactionCount({ address: submitAddress, blockTag: 'pending' }),
      )
      return Math.max(...counts)
    },
    balanceWei: async () => {
      const answers = await nodes.askAll(async (node) => {
        const wei = await node.getBalance({ address: submitAddress })
        return { wei, head: await headOf(node) }
      })
      const newest = believed(answers.map(({ head }) => head))
      const answer = answers.find(({ head }) => head === newest)
      if (answer === undefined) throw new Error('The head that is believed is one of those given.')
      return answer.wei
    },
    send: async (raw) => {
      const outcome = await sendTo(nodes, raw)
      if (outcome.kind === 'nonce-used') used.note(raw)
      return outcome
    },
    refreshEpochs: (head) => epochs.refresh(head, contracts),
    feedsOf: epochs.feedsOf,
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
