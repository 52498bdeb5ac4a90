/**
 * The chain as housekeeping has it: the nodes of the settings, of the right chain, with the schedule
 * that the settings name. Nothing of it is kept over the command.
 */

import { type ConnectedChain, connectFlare } from '../chain/flare.ts'
import { type Node, nodeAt } from '../chain/nodes.ts'
import { inMemory } from '../journal/database.ts'
import { openObservations } from '../observations/observations.ts'
import { paceOf } from '../pace.ts'
import type { Settings } from '../settings.ts'
import { HouseError } from './house-error.ts'

export type House = {
  readonly chain: ConnectedChain
  readonly nodes: readonly Node[]
  readonly end: () => void
}

/** A person waits: a node that is slow is better than none. Milliseconds. */
const leastPatienceMs = 10_000

export const unsure = 'Fewer than two nodes tell of which chain they are.'

/**
 * @param mayBeAlone Whether one node's word is enough for which chain it is.
 * @throws {ChainError} as `connectFlare` does
 * @throws {HouseError} `nodes-differ` if it is not sure which chain it is.
 */
export async function openHouse(
  { network, rpcUrls }: Settings,
  mayBeAlone = false,
): Promise<House> {
  const nodeMs = Math.max(leastPatienceMs, paceOf(network.schedule).nodeMs)
  const nodes = rpcUrls.map((url) => nodeAt(url, network.chainId, nodeMs))
  const observations = openObservations(inMemory, { chainId: network.chainId })
  try {
    const chain = await connectFlare({ nodes, network, observations, log: () => {} })
    if (!chain.isGenesisSure && !mayBeAlone) throw new HouseError('nodes-differ', unsure)
    return { chain, nodes, end: () => observations.close() }
  } catch (error) {
    observations.close()
    throw error
  }
}

export const alone = 'One node alone of those in the settings answers: all of this is its word.'

/** Tells once that all hangs on one node, however many questions it alone answers. */
export function aloneOnce(say: (text: string) => void): () => void {
  let isSaid = false
  return () => {
    if (!isSaid) say(alone)
    isSaid = true
  }
}
