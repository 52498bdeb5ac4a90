/**
 * One who watches the chain as the bridge does: the bridge's own observer over its own RPC nodes,
 * with its observations in a file. A witness may be sent away and come back, and may have bad nodes.
 */

import { pause } from '../../../local/processes.ts'
import { ChainError } from '../../../signer-bridge/chain/chain.ts'
import { batchOver } from '../../../signer-bridge/chain/batch.ts'
import { connectFlare } from '../../../signer-bridge/chain/flare.ts'
import { nodeAt } from '../../../signer-bridge/chain/nodes.ts'
import { openObservations } from '../../../signer-bridge/observations/observations.ts'
import { observerOf } from '../../../signer-bridge/observer/observe.ts'
import type { ObservedOutcome, Observer } from '../../../signer-bridge/observer/observer.ts'
import { paceOf } from '../../../signer-bridge/pace.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { schedule } from './calendar.ts'

export type Witness = {
  readonly observer: Observer
  /** Reads until there is nothing more to read, whatever the nodes do in between. */
  readonly catchUp: () => Promise<void>
  /** How often no node answered, up to now. */
  readonly troubles: () => number
  readonly close: () => void
}

const network = { ...networks.local, schedule }
const pace = paceOf(schedule)

/** So often a witness asks for more before something must be wrong: each time some thirty blocks. */
const mostTurns = 500

/** Nodes that fail so often in a row will not do better, after so many milliseconds each. */
const mostTroubles = 100
const pauseMs = 20

/** @param file Where observations are kept. */
export async function openWitness(rpcUrls: readonly string[], file: string): Promise<Witness> {
  let troubles = 0
  const { chainId } = network
  const log = (): void => undefined
  const observations = openObservations(file, { chainId })
  const nodes = rpcUrls.map((url) => nodeAt(url, chainId, pace.nodeMs))
  const chain = await persistently(() => connectFlare({ nodes, network, observations, log }))
  const batch = batchOver(fetch, pace.nodeMs)
  const observer = observerOf({ network, nodes, chain, observations, batch, pace, log })

  return {
    observer,
    catchUp: async () => {
      await persistently(async () => chain.refreshEpochs(await chain.head()))
      for (let turn = 0; turn < mostTurns; turn += 1) {
        const waitMs = await persistently(() => observer.advance())
        if (waitMs > 0) return
      }
      throw new Error(`A witness read ${mostTurns} batches and was not done.`)
    },
    troubles: () => troubles,
    close: () => observations.close(),
  }

  /** As the bridge's chores do: what fails because of the nodes is tried again. */
  async function persistently<T>(work: () => Promise<T>): Promise<T> {
    for (let inARow = 0; ; inARow += 1) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof ChainError) || inARow >= mostTroubles) throw error
        troubles += 1
        await pause(pauseMs)
      }
    }
  }
}

/** What a witness says of a round, in a few words that can be compared. */
export function testimony(outcome: ObservedOutcome): object {
  if (outcome.kind !== 'result') return outcome
  return {
    values: outcome.feeds.map(({ value }) => value),
    turnouts: outcome.feeds.map(({ turnoutBips }) => turnoutBips),
    random: outcome.random.value,
    isSecure: outcome.random.isSecure,
    root: outcome.tree.root,
  }
}
