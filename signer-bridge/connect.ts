/** The chain, as soon as a node answers: a bridge that starts before its nodes waits for them. */

import { ChainError } from './chain/chain.ts'
import type { ChainFacts } from './chain/facts.ts'
import { connectFlare, type FlareChain, type FlareDeps } from './chain/flare.ts'
import type { EndWish } from './end-wish.ts'
import { paceOf } from './pace.ts'
import type { World } from './world.ts'

/**
 * Connects, however long that takes.
 *
 * @returns `undefined` if the process is to end before.
 * @throws {ChainError} as `connectFlare` does, but for nodes that are not there.
 */
export async function connectedChain(
  deps: FlareDeps,
  wish: EndWish,
  sleep: World['sleep'],
): Promise<(FlareChain & ChainFacts) | undefined> {
  const { network, log } = deps
  const { retryMs } = paceOf(network.schedule)
  while (!wish.isAsked()) {
    try {
      return await connectFlare(deps)
    } catch (error) {
      if (!(error instanceof ChainError) || error.code !== 'chain-unreachable') throw error
      log({ event: 'chain-awaited', reason: error.message })
      await sleep(retryMs)
    }
  }
  return undefined
}
