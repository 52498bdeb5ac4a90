/**
 * The chain, as soon as a node answers: a bridge that starts before its nodes waits for them, and one
 * that owes a reveal gives no node the last word on whether there is a chain for it.
 */

import { ChainError } from './chain/chain.ts'
import { type ConnectedChain, connectFlare, type FlareDeps } from './chain/flare.ts'
import type { EndWish } from './end-wish.ts'
import { withoutEchoes } from './log.ts'
import { paceOf } from './pace.ts'
import type { World } from './world.ts'

export type ConnectDeps = FlareDeps & Pick<World, 'sleep' | 'steadyMs'>

/** A reveal's window is over so long after its commit at the latest, whatever the clock says. */
const mostRoundsOwed = 2

/**
 * Connects, however long that takes. What stands against the chain ends it at once, but for an owed
 * reveal, which is tried for until no window can be open any more.
 *
 * @returns `undefined` if the process is to end before.
 * @throws {ChainError} as `connectFlare` does, but for nodes that are not there.
 */
export async function connectedChain(
  deps: ConnectDeps,
  wish: EndWish,
): Promise<ConnectedChain | undefined> {
  const { network, log, sleep, steadyMs, owesReveal = () => false } = deps
  const { retryMs } = paceOf(network.schedule)
  const untilMs = steadyMs() + mostRoundsOwed * network.schedule.roundSec * 1_000
  // Each attempt looks at the nodes anew, and finds the same.
  const once = withoutEchoes(log)
  let isConnected = false
  const connecting: FlareDeps = { ...deps, log: (event) => (isConnected ? log : once)(event) }
  while (!wish.isAsked()) {
    try {
      const chain = await connectFlare(connecting)
      isConnected = true
      return chain
    } catch (error) {
      if (!(error instanceof ChainError)) throw error
      const isOwed = owesReveal() && steadyMs() < untilMs
      if (error.code !== 'chain-unreachable' && !isOwed) throw error
      log({ event: 'chain-awaited', code: error.code, reveal_owed: isOwed, reason: error.message })
      await sleep(retryMs)
    }
  }
  return undefined
}
